"""Steps within a network's last layer are those that add their terms up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import carried_by_diffusion
from flowlab.core.diffusion.steps import noise_for
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.solvers.ode import Cancelled
from tests.helpers.noise_models import NOISE, TWO, Beside, drawn, untrained

SMALL = Network(width=16, depth=2, waves="on")
PLAIN = Document(source=NOISE, target=TWO, network=SMALL)
CURVED = replace(PLAIN, path=Path(kind="trigonometric"))
DENOISER = replace(PLAIN, network=replace(SMALL, predicts="denoiser", waves="off"))
CLASSES = replace(PLAIN, network=replace(SMALL, conditional=True))
N = 300


@pytest.mark.parametrize(
    ("known", "how"),
    [
        (PLAIN, {"method": "ddpm"}),
        (PLAIN, {"method": "ddpm", "variance": "optimal", "clamp": 2.0}),
        (PLAIN, {"method": "ddpm", "standardise": True}),
        (PLAIN, {"method": "reverse_sde", "kind": "ve"}),
        (PLAIN, {"method": "pf_ode"}),
        (PLAIN, {"method": "langevin", "sigmas": (2.0, 0.3)}),
        (CURVED, {"method": "ddim", "eta": 0.5}),
        (DENOISER, {"method": "pf_ode", "kind": "sub_vp"}),
        (CLASSES, {"method": "ddpm", "kind": "blend"}),
    ],
)
def test_folded_steps_are_those_that_add_their_terms_up(
    known: Document, how: dict[str, object]
) -> None:
    field, x = untrained(known), drawn(NOISE, N, 0)
    condition = torch.tensor(field.classes)[torch.arange(N) % 2] if field.classes else None
    sampler = Sampler(**{"steps": 20, **how})  # type: ignore[arg-type]
    one, two, plain = (
        carried_by_diffusion(each, known, x, sampler, 1, condition=condition, workers=workers)
        for each, workers in ((field, 1), (field, 2), (Beside(field), 1))
    )
    assert one.evaluations == plain.evaluations
    scale = float(np.abs(plain.points).max())
    np.testing.assert_allclose(one.points, plain.points, atol=5e-5 * max(1.0, scale))
    np.testing.assert_array_equal(one.points, two.points)
    np.testing.assert_array_equal(one.times, plain.times)


def test_the_noise_of_the_first_points_is_the_same_among_more() -> None:
    torch.testing.assert_close(noise_for(5, 7, 3), noise_for(50, 7, 3)[:, :5])
    assert not torch.equal(noise_for(5, 7, 3), noise_for(5, 7, 4))
    z = noise_for(2000, 20, 0).double()
    assert abs(float(z.mean())) < 4 / np.sqrt(z.numel())
    assert float(z.var()) == pytest.approx(1.0, abs=4 * np.sqrt(2 / z.numel()))


@pytest.mark.parametrize("how", [{}, {"method": "reverse_sde", "corrector": 1}])
def test_it_can_be_cancelled(how: dict[str, object]) -> None:
    field, x = untrained(PLAIN), drawn(NOISE, 10, 0)
    for each in (field, Beside(field)):
        with pytest.raises(Cancelled):
            carried_by_diffusion(
                each,
                PLAIN,
                x,
                Sampler(**how),
                0,
                cancelled=lambda: True,  # type: ignore[arg-type]
            )
