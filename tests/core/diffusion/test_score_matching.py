"""Score matching in five ways: least losses in closed form, maps of errors, and what is cached."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.diffusion import score_matching as plan
from flowlab.core.diffusion.exact_scores import exact_scores
from flowlab.core.diffusion.lattice import axes_around, on_lattice
from flowlab.core.diffusion.score_matching import QUICK, is_new, score_matching
from flowlab.core.diffusion.score_results import ENERGY, WAYS, ScoreFits, fits_of
from flowlab.core.diffusion.score_training import ScoreTask, learn
from flowlab.core.diffusion.settings import ERROR, Diffusion
from flowlab.core.diffusion.smoothed import Smoothed, score_error
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Ring, Shape
from flowlab.core.document.view import View
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.request import PlanOptions

V, SIGMA = 0.64, 0.5
ROUND = Gaussian(std_x=0.8, std_y=0.8, offset_x=1.0)
NO_FIELD: Field = None  # type: ignore[assignment]  # which has no part in it


def document_of(target: Shape = ROUND, steps: int = 40, **settings: Any) -> Document:
    return Document(
        target=target,
        network=Network(width=8, depth=1),
        view=View(name="learned_scores"),
        diffusion=Diffusion(score_sigma=SIGMA, score_steps=steps, **settings),
    )


def made(document: Document, **options: Any) -> ScoreFits:
    fits = fits_of(score_matching(document, NO_FIELD, PlanOptions(**options)))
    assert fits is not None
    return fits


def test_the_least_losses_of_a_gaussian_are_known() -> None:
    exact = exact_scores(document_of())
    share = SIGMA**2 / (V + SIGMA**2)  # E|F|^2 / 2 of s = -x / (v + sigma^2)
    high = (10 * SIGMA) ** 2
    above = 0.5 * math.log((V + high) / (V + SIGMA**2)) / math.log(10)  # mean over log sigma
    expected = {"implicit": -share, "sliced": -share, "denoising": 1 - share, ENERGY: 1 - share}
    for name, value in {**expected, "conditioned": 1 - above}.items():
        least = exact.least_loss(name)
        assert abs(least - value) < 4 * least.error
        assert 0 < least.error < 0.02


def test_before_training_all_are_the_score_of_one_gaussian() -> None:
    fits = made(document_of())
    assert list(fits.fits) == list(WAYS)
    assert fits.times[0] == 0
    assert fits.times[-1] == 1
    for fit in fits.fits.values():
        assert fit.relative[0] < 1e-4
        np.testing.assert_allclose(fit.arrows[0], fits.exact, atol=1e-4)
        assert np.nanmax(fit.error[0]) < 1e-4
    np.testing.assert_allclose(fits.energy.maps[0], fits.density, atol=1e-5)
    x, y = np.meshgrid(fits.xs, fits.ys)
    noised = V + SIGMA**2
    density = np.exp(-((x - 1) ** 2 + y**2) / (2 * noised)) / (2 * math.pi * noised)
    np.testing.assert_allclose(fits.density, density, atol=1e-5)
    blank = density < 0.005 * density.max()
    assert (np.isnan(fits.fits["sliced"].error[-1]) == blank).mean() > 0.999
    assert fits.energy.overlap == pytest.approx(1, abs=0.2)
    assert fits.energy.overlap < 1


def test_errors_are_those_of_the_network_that_was_trained() -> None:
    document = document_of(Ring(), 70)
    fits, exact = made(document), Smoothed.of(Ring())
    task = ScoreTask(
        target=exact.target, sigma=SIGMA, network=document.network, steps=70, seed=document.seed
    )
    found = learn(task, "denoising")
    fit = fits.fits["denoising"]
    apart = score_error(found.score, exact, SIGMA).relative
    assert abs(apart - fit.relative[-1]) < 4 * fit.relative[-1].error
    row, column = np.argwhere(np.isfinite(fit.error[-1]))[7]
    place = torch.tensor([[fits.xs[column], fits.ys[row]]])
    away = (found.score(place, SIGMA).double() - exact.score(place, SIGMA)).norm()
    assert fit.error[-1, row, column] == pytest.approx(float(away), rel=1e-3)
    np.testing.assert_allclose(fit.losses.mean(), found.losses.mean(), rtol=0.01)
    assert fits.fits[ENERGY].curl < 1e-5 < 1e-3 < fit.curl


def test_a_quick_answer_comes_first_and_nothing_is_trained_twice() -> None:
    document, shares = document_of(Ring(count=5), 2 * QUICK), list[float]()
    assert is_new(document)
    assert made(document, coarse=True).steps == QUICK
    fits = made(document, progress=shares.append)
    assert fits.steps == 2 * QUICK
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert not is_new(document)
    drawn = replace(document, diffusion=replace(document.diffusion, scores_as=ERROR))
    again = made(drawn, coarse=True, progress=shares.append)
    assert again.fits["implicit"] is fits.fits["implicit"]
    assert fits.step(0.6) in (96, 128)
    assert fits.nbytes > 1000


def test_it_can_be_cancelled_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Cancelled):
        made(document_of(steps=41), cancelled=lambda: True)
    with pytest.raises(Invalid, match="without kinks"):
        made(replace(document_of(), network=Network(activation="relu")))
    made(document_of())
    for cache in ("_fits", "_densities"):
        monkeypatch.setattr(plan, cache, type(plan._fits)(5))
        with pytest.raises(Cancelled):
            made(document_of(), cancelled=lambda: True)


def test_a_lattice_has_square_cells_around_all_points() -> None:
    points = np.array([[0.0, 0.0], [4.0, 1.0], [2.0, 0.5]], np.float32)
    xs, ys = axes_around(points, 8, beyond=0)
    np.testing.assert_allclose(xs, np.arange(0.25, 4, 0.5))
    np.testing.assert_allclose(ys, [0.25, 0.75])
    masks = np.array([[[True, False], [False, True]]])
    values = on_lattice(masks, [np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)])
    np.testing.assert_array_equal(values[0, 1, 1], [3, 4])
    assert np.isnan(values[0, 0, 1]).all()
