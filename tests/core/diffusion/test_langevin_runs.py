"""The view of Langevin dynamics: starts, sigmas, and the bias of its steps in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from flowlab.core.diffusion.denoiser import denoiser_of
from flowlab.core.diffusion.langevin_results import ANNEALED, CLIMBING, PLAIN, LangevinRuns, runs_of
from flowlab.core.diffusion.langevin_runs import (
    bias_of,
    evaluations,
    langevin_runs,
    sigmas_of,
    starts_of,
)
from flowlab.core.diffusion.settings import MODE, RING, SOURCE, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Disc, Gaussian, Moons, Ring
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from tests.helpers.noise_models import DATA, NOISE, exact_field

MODES = Ring(count=4, radius=3.0, std=0.3)
WIDE = Gaussian(std_x=0.5, std_y=1.0, correlation=0.5, offset_x=2.0)


def document_of(target: Any = WIDE, particles: int = 400, **settings: Any) -> Document:
    return Document(
        source=NOISE,
        target=target,
        view=View(name="langevin_dynamics", particles=particles),
        diffusion=Diffusion(**{"langevin_start": SOURCE, **settings}),
    )


def runs(document: Document, **options: Any) -> LangevinRuns:
    bundle = langevin_runs(document, exact_field(document), PlanOptions(**options))
    made = runs_of(bundle.compact())
    assert made is not None
    assert made.nbytes > 0
    return made


def ends(made: LangevinRuns) -> dict[str, np.ndarray]:
    return {pane.kind: np.asarray(pane.bundle.at(1.0), np.float64) for pane in made.panes}


def test_unadjusted_steps_keep_the_variance_that_is_said() -> None:
    """Measured on the particles, and as the fixed point of the covariance's own recursion."""
    n, eta, sigma = 3000, 0.3, 0.3
    document = document_of(particles=n, langevin_steps=80, step_size=eta, sigma=sigma)
    made = runs(document)
    assert made.gaussian is not None
    assert made.gaussian.stationary is not None
    denoiser = denoiser_of(exact_field(document), document)
    x = torch.randn(3, 2, dtype=torch.float64)
    rise = denoiser.faces(x, 1.0, sigma).score  # the score's slope, by differences
    slope = torch.stack(
        [denoiser.faces(x + h, 1.0, sigma).score - rise for h in torch.eye(2).double()]
    )[:, 0]
    A = torch.eye(2).double() + eta / 2 * slope
    S = torch.zeros(2, 2).double()
    for _ in range(300):
        S = A.T @ S @ A + eta * torch.eye(2).double()
    assert made.gaussian.stationary == pytest.approx(float(S.trace()), rel=1e-4)
    measured = ends(made)[PLAIN].var(0).sum()
    assert made.gaussian.error == pytest.approx(math.sqrt(2 * float((S @ S).trace()) / n), rel=1e-4)
    assert measured == pytest.approx(made.gaussian.stationary, abs=4 * made.gaussian.error)
    assert made.gaussian.stationary - made.gaussian.noised > 4 * made.gaussian.error
    assert made.gaussian.target == pytest.approx(0.25 + 1.0)


def test_steps_that_diverge_have_no_stationary_law() -> None:
    """From eta = 4 v of the least variance on; an isotropic one shows where."""
    round_one = replace(DATA, std_x=0.5, std_y=0.5)
    document = Document(target=round_one)
    denoiser = denoiser_of(exact_field(document), document)
    for eta, diverges in ((1.03, False), (1.05, True)):  # v = .25 + .1^2
        bias = bias_of(denoiser, round_one, Diffusion(step_size=eta), 100)
        assert bias is not None
        assert (bias.stationary is None) == diverges
        assert math.isnan(bias.error) == diverges
    assert bias_of(denoiser, MODES, Diffusion(), 100) is None


def test_one_mode_is_left_by_the_annealed_alone() -> None:
    document = document_of(MODES, langevin_start=MODE, langevin_steps=200, particles=300)
    made = runs(document)
    assert made.gaussian is None
    assert made.target is not None
    x = ends(made)
    first = np.array([0.0, 3.0])
    assert np.hypot(*(x[PLAIN] - first).T).max() < 2.5
    peak = first + 0.1 * np.array([0.5, -1.0])  # of x1 + sigma x0, the noise has a mean
    assert np.hypot(*(x[CLIMBING] - peak).T).max() < 0.01  # all spread is lost
    share = (np.hypot(*(x[ANNEALED] - first).T) < 2.0).mean()
    assert share == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 300) + 0.03)
    x0, x1, y0, y1 = made.bounds
    assert x0 < -3 < 3 < x1
    assert y0 < -3 < 3 < y1


def test_starts_are_where_they_are_said_and_the_first_stay() -> None:
    for start in (RING, MODE, SOURCE):
        document = document_of(MODES, langevin_start=start)
        x = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
        found = starts_of(document, x)
        torch.testing.assert_close(starts_of(document, x[:50]), found[:50])
        if start == RING:  # three times the root of 3^2 + 2 * .3^2
            assert found.norm(dim=1).numpy() == pytest.approx(3 * math.sqrt(9.18), rel=0.02)
            assert float(found.mean(0).norm()) < 4 * 9.1 / math.sqrt(400)
        if start == MODE:
            assert float((found - torch.tensor([0.0, 3.0])).norm(dim=1).max()) < 2.0
            assert float(found.std(0).min()) > 0.2
    moons = document_of(Moons(), langevin_start=MODE)
    one = starts_of(moons, torch.zeros(5, 2))
    assert one.shape == (5, 2)


def test_sigmas_fall_by_equal_factors_to_the_one_of_the_others() -> None:
    sigmas = sigmas_of(Diffusion(sigma=0.1, most_sigma=10.0, sigmas=5))
    assert sigmas == pytest.approx((10.0, 10**0.5, 1.0, 10**-0.5, 0.1))
    assert sigmas_of(Diffusion(sigma=2.0, most_sigma=1.0, sigmas=3)) == pytest.approx((2.0,) * 3)
    assert evaluations(document_of(langevin_steps=7)) == 21
    made = runs(document_of(langevin_steps=20, sigmas=5, particles=60), coarse=True)
    assert made.target is None  # of a first coarse answer
    assert made.sigma(PLAIN, 0.0) == 0.1
    seen = [made.sigma(ANNEALED, t) for t in (0.0, 0.19, 0.2, 1.0)]
    assert seen == pytest.approx([made.sigmas[0], made.sigmas[0], made.sigmas[1], 0.1])
    assert made.last_step_size == pytest.approx(0.2 * 0.1**2)


def test_what_is_no_noise_is_refused() -> None:
    with pytest.raises(Invalid, match="choose one Gaussian as the source"):
        langevin_runs(Document(source=Disc()), None, PlanOptions())  # type: ignore[arg-type]
