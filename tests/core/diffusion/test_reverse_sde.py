"""Reverse SDEs and their ODEs: closed forms, orders, and the noise floor with the exact score."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.levels import levels_of
from flowlab.core.diffusion.reverse_sde import Process, pf_ode
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import carried_by_diffusion
from flowlab.core.diffusion.steps import carry
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian
from flowlab.core.metrics import energy_distance, sliced_w2
from tests.helpers.noise_models import DATA, NOISE, TWO, drawn, exact_field, exact_model, moments

DOCUMENT, N = Document(source=NOISE, target=TWO), 1000


@pytest.mark.parametrize("kind", ["vp", "sub_vp", "ve"])
def test_the_noise_that_a_process_adds_is_that_of_its_levels(kind: str) -> None:
    """dV = (2 rate V + g^2) dt, forwards and by the midpoints' rule, against b^2."""
    levels = levels_of(kind, T=4000) if kind == "ve" else levels_of(kind, "vp", T=4000)
    process, b2 = Process.of(levels), (levels.noise**2).flip(0).tolist()
    squared, length = process.squared.flip(0).tolist(), process.length.flip(0).tolist()
    v = b2[1]
    for k in range(1, len(squared)):
        g2, h = (squared[k - 1] + squared[k]) / 2, length[k]
        v += h * (2 * process.rate * (v + h * (2 * process.rate * v + g2) / 2) + g2)
    assert v == pytest.approx(b2[-1], rel=1e-3)


@pytest.mark.parametrize("kind", ["vp", "sub_vp", "ve"])
@pytest.mark.parametrize(("predictor", "order"), [("euler", 1), ("heun", 2)])
def test_the_flow_of_a_gaussian_has_its_order(kind: str, predictor: str, order: int) -> None:
    """u moves along with the standard deviation of its law, here at half of the levels."""
    document = Document(source=Gaussian(offset_x=-2.0, offset_y=1.0), target=DATA)
    model, (m, _), (mu, S) = exact_model(document), moments(document.source), moments(DATA)
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0)).double()
    errors = []
    for steps in (32, 64):
        every = levels_of(kind, T=640) if kind == "ve" else levels_of(kind, "vp", T=640)
        levels = every.visited(steps)
        ways = pf_ode(model, levels, predictor)
        found = carry(model.field, ways, x, torch.zeros(steps, 50, 2)).points[steps // 2]
        a, b = (float(each[steps // 2]) for each in (levels.signal, levels.noise))
        first, last = float(levels.signal[0]), float(levels.noise[0])
        ratio = math.sqrt((a * a * S[0, 0] + b * b) / (first**2 * S[0, 0] + last**2))
        errors.append(
            float((a * mu + b * m + ratio * (x - first * mu - last * m) - found).abs().max())
        )
    slopes = -np.diff(np.log2(errors))
    assert slopes == pytest.approx([order], abs=0.25)


@cache
def floors() -> tuple[float, float]:
    fresh = [drawn(TWO, N, seed) for seed in (7, 8)]
    return float(sliced_w2(*fresh)), float(energy_distance(*fresh))


SAMPLERS = [
    {"method": "ddpm"},
    {"method": "ddpm", "variance": "beta"},
    {"method": "ddpm", "variance": "optimal"},
    {"method": "ddim"},
    {"method": "ddim", "eta": 0.5},
    {"method": "ddim", "kind": "blend"},
    {"method": "reverse_sde"},
    {"method": "reverse_sde", "predictor": "reverse_diffusion"},
    {"method": "reverse_sde", "kind": "sub_vp"},
    {"method": "reverse_sde", "kind": "ve"},
    {"method": "reverse_sde", "kind": "ve", "predictor": "reverse_diffusion"},
    {"method": "reverse_sde", "corrector": 1},
    {"method": "reverse_sde", "kind": "ve", "corrector": 1, "predictor": "reverse_diffusion"},
    {"method": "pf_ode"},
    {"method": "pf_ode", "kind": "ve"},
    {"method": "pf_ode", "kind": "sub_vp"},
]


@pytest.mark.parametrize("how", SAMPLERS, ids=lambda how: "-".join(map(str, how.values())))
def test_every_sampler_reaches_the_noise_floor(how: dict[str, object]) -> None:
    steps = 100 if how["method"] in ("ddpm", "reverse_sde") else 30
    timed = {} if how.get("kind") in ("ve", "blend") else {"schedule": "vp"}
    sampler = Sampler(**{"T": steps, **timed, **how})  # type: ignore[arg-type]
    x = drawn(DOCUMENT.source, N, 1)
    bundle = carried_by_diffusion(exact_field(DOCUMENT), DOCUMENT, x, sampler, 2)
    found, fresh = torch.from_numpy(np.array(bundle.points[-1])), drawn(TWO, N, 7)
    assert float(sliced_w2(found, fresh)) < 1.5 * floors()[0]
    assert float(energy_distance(found, fresh)) < 1.5 * floors()[1]


def test_steps_of_any_number_are_finite_and_of_an_sde_there_must_be_one() -> None:
    x, field = drawn(DOCUMENT.source, 20, 0), exact_field(DOCUMENT)
    for method in ("ddpm", "ddim", "reverse_sde", "pf_ode"):
        for T, steps in ((1000, 1), (1000, 2), (1000, 7), (1000, 21), (1000, 40), (100, 5)):
            sampler = Sampler(method=method, T=T, steps=steps)
            bundle = carried_by_diffusion(field, DOCUMENT, x, sampler, 0)
            assert np.isfinite(bundle.points).all()
            assert bundle.points.shape == (steps + 1, 20, 2)
    with pytest.raises(Invalid, match="take another kind"):
        pf_ode(exact_model(DOCUMENT), levels_of("blend"))
