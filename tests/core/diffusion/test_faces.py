"""The faces of a model on a lattice, against a Gaussian's closed form, and how errors grow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from flowlab.core.diffusion.drawn import in_plane, shrunk, undrawn
from flowlab.core.diffusion.face_results import FaceMaps, faces_of, grown
from flowlab.core.diffusion.faces import faces, is_new
from flowlab.core.diffusion.models import levels_for, sampler_for
from flowlab.core.diffusion.plan import law_of
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import (
    DDPM,
    DENOISED,
    FACES,
    NOISE,
    SCORE,
    VELOCITY,
    Diffusion,
)
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Disc, Gaussian, Ring
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from tests.helpers.noise_models import DATA, exact_field, moments, untrained
from tests.helpers.noise_models import NOISE as SOURCE

FEW = PlanOptions(coarse=True)


def document_of(source: Gaussian = SOURCE, **settings: Any) -> Document:
    return Document(
        source=source,
        target=DATA,
        network=Network(width=8, depth=1),
        view=View(name="faces"),
        diffusion=Diffusion(**settings),
    )


def maps_of(document: Document, field: Any) -> FaceMaps:
    maps = faces_of(faces(document, field, FEW).compact())
    assert maps is not None
    assert maps.nbytes > 0
    return maps


@pytest.mark.parametrize("kind", ["vp", "ve", "sub_vp"])
def test_arrows_are_those_of_the_gaussian_that_is_drawn(kind: str) -> None:
    """The score along x, and E[x1 | x] - x, of N(A mu + B m, A^2 S + B^2 C) in the picture."""
    document = document_of(kind=kind, T=200)
    maps = maps_of(document, exact_field(document))
    (m, C), (mu, S) = (tuple(map(Tensor.numpy, moments(end))) for end in (SOURCE, DATA))
    every = replace(document, diffusion=replace(document.diffusion, steps=200))
    model = model_of(exact_field(document), every, sampler_for(every.diffusion, DDPM))
    levels = levels_for(every.diffusion, DDPM)
    times, rows = law_of(levels, model)
    for k, t in enumerate(maps.times):
        at = int(np.abs(times - t).argmin())
        B, A = rows[:, at]
        score, frames = maps.faces[SCORE].values[k], maps.faces[DENOISED]
        known = np.isfinite(score[..., 0])
        x = np.stack(np.meshgrid(frames.xs, frames.ys), -1)[known]
        off = (x - A * mu - B * m) @ np.linalg.inv(A * A * S + B * B * C)
        zoom = B / float(levels.noise[at])  # of the picture
        np.testing.assert_allclose(score[known], -zoom * off, rtol=2e-3, atol=2e-3)
        np.testing.assert_allclose(
            frames.values[k][known], mu + A * off @ S - x, rtol=2e-3, atol=2e-3
        )
        assert not known.all()  # blank where hardly any mass passes


def test_drawn_places_lead_back_to_the_points_of_the_diffusion() -> None:
    for kind in ("vp", "ve"):
        settings = Diffusion(kind=kind, T=6, steps=6)
        document = replace(document_of(), diffusion=settings)
        model = model_of(exact_field(document), document, sampler_for(settings, DDPM))
        levels = levels_for(settings, DDPM)
        points = torch.randn(7, 5, 2, generator=torch.Generator().manual_seed(0)).double()
        shown = torch.from_numpy(shrunk(levels, model.data))[:, None, None] * in_plane(
            model, levels, points
        )
        torch.testing.assert_close(torch.stack(undrawn(model, levels, list(shown))), points)


class Shifted:
    """An exact velocity plus a constant."""

    def __init__(self, document: Document, shift: tuple[float, float]) -> None:
        self._field, self._shift = exact_field(document), torch.tensor(shift)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        return self._field.velocity(x, t) + self._shift.to(x)


def test_errors_of_all_faces_are_those_of_one_error_grown() -> None:
    """A velocity off by e on the linear path is noise off by t e, read at t = a / (a + s b)."""
    document = document_of(Gaussian(std_x=1.5, std_y=1.5))
    maps = maps_of(document, Shifted(document, (0.3, 0.4)))
    assert maps.errors is not None
    a, b = maps.signal, maps.noise
    scale = maps.schedule.size
    noise = 0.5 * a / (a + scale * b)
    expected = maps.growth(NOISE, a, b)
    for name in FACES:
        np.testing.assert_allclose(maps.errors[name], noise * expected[name], rtol=1e-4)
    np.testing.assert_allclose(expected[SCORE], 1 / (1.5**2 * b))
    assert not maps.plain
    between = float(maps.times[1:3].mean())  # where no level is, the faces still go together
    a_now, b_now = maps.weights(between)
    now = maps.growth(NOISE, np.array([a_now]), np.array([b_now]))
    off = maps.error(NOISE, between)
    for name in FACES:
        assert maps.error(name, between) == pytest.approx(off * now[name][0], rel=1e-6)
    assert off == pytest.approx(0.5 * a_now / (a_now + scale * b_now), rel=0.05)
    at_level = maps.error(SCORE, float(maps.times[2]))
    assert at_level == pytest.approx(maps.errors[SCORE][2], rel=1e-3)
    assert at_level.error == pytest.approx(maps.errors[SCORE][2].error, rel=1e-3)


def test_growth_from_any_face_leads_back_to_it() -> None:
    a, b = np.array([0.2, 0.9]), np.array([0.98, 0.3])
    for face in FACES:
        assert grown(face, a, b)[face].tolist() == [1.0, 1.0]
        for other in FACES:
            back = grown(face, a, b)[other] * grown(other, a, b)[face]
            np.testing.assert_allclose(back, 1.0)
    turn = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    unit, C = np.stack([np.cos(turn), np.sin(turn)], 1), moments(SOURCE)[1].numpy()
    document = document_of()
    maps = maps_of(document, exact_field(document))
    for size, matrix in ((maps.noise_of_score, C), (maps.score_of_noise, np.linalg.inv(C))):
        assert size == pytest.approx(np.sqrt(np.square(unit @ matrix).sum(1).mean()))


def test_a_network_is_off_and_the_exact_model_isnt_compared() -> None:
    document = document_of()
    learned = maps_of(document, untrained(document))
    assert learned.errors is not None
    assert min(learned.errors[NOISE][1:]) > 0.001
    exact = maps_of(document.with_parts(view=View(name="faces", shows="exact")), None)
    assert exact.exact
    assert exact.errors is None
    assert maps_of(document_of(T=1), untrained(document)).times.tolist() == [0.0]
    assert is_new(document)  # only coarse answers are cached


def test_a_conditional_network_has_the_faces_of_one_class() -> None:
    document = Document(
        target=Ring(count=3),
        network=Network(width=8, depth=1, conditional=True),
        view=View(name="faces", condition=1),
    )
    assert maps_of(document, untrained(document)).condition == 1
    with pytest.raises(Invalid, match="choose one Gaussian as the source"):
        faces(Document(source=Disc()), None, FEW)  # type: ignore[arg-type]


def test_maps_of_errors_are_one_error_in_four_units() -> None:
    document = document_of(Gaussian(std_x=1.3, std_y=1.3), standardise=False)
    maps = maps_of(document, untrained(document))
    assert maps.away is not None
    assert maps.errors is not None
    blank = np.isnan(maps.faces[NOISE].values[..., 0])
    for k, (a, b) in enumerate(zip(maps.signal, maps.noise, strict=True)):
        cells = {name: each[k] for name, each in maps.away.items()}
        np.testing.assert_array_equal(np.isnan(cells[SCORE]), blank[k])
        known = cells[NOISE][~blank[k]]
        assert known.min() >= 0
        assert known.max() > 1e-3  # a network of random weights
        grows = {DENOISED: b / a, SCORE: 1 / (1.69 * b), VELOCITY: (a + b) / a}
        for name, factor in grows.items():
            same = cells[name][~blank[k]] / factor
            np.testing.assert_allclose(same, known, rtol=0.01, atol=2e-5)
        assert known.min() < maps.errors[NOISE][k] < known.max()
    shown = replace(document, view=View(name="faces", shows="exact"))
    exact = maps_of(shown, exact_field(document))
    assert exact.away is None
    apart = np.linalg.norm(maps.faces[SCORE].values - exact.faces[SCORE].values, axis=-1)
    np.testing.assert_allclose(maps.away[SCORE], apart, rtol=0.01, atol=2e-5)
