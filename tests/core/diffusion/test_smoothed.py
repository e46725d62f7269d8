"""The exact score of a blurred target: of the blurred shape, and the gradient of its density."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowlab.core.diffusion.smoothed import Smoothed, score_error
from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Polygon, Ring

SIGMA = 0.6


def test_it_is_that_of_the_blurred_shape() -> None:
    exact = Smoothed.of(Ring())
    x = exact.sample(200, SIGMA, torch.Generator().manual_seed(1))
    expected = build(replace(Ring(), noise=SIGMA)).log_prob(x)
    torch.testing.assert_close(exact.log_density(x, SIGMA).float(), expected, rtol=0, atol=2e-5)
    h = 1e-5
    for axis, step in enumerate(h * torch.eye(2, dtype=torch.float64)):
        up, down = exact.log_density(x + step, SIGMA), exact.log_density(x - step, SIGMA)
        torch.testing.assert_close(
            exact.score(x, SIGMA)[:, axis], (up - down) / (2 * h), rtol=1e-5, atol=1e-6
        )


def test_samples_are_blurred() -> None:
    x = Smoothed.of(Polygon()).sample(40_000, SIGMA, torch.Generator().manual_seed(1))
    sharp = build(Polygon()).sample(40_000, torch.Generator().manual_seed(2)).double()
    torch.testing.assert_close(x.var(0), sharp.var(0) + SIGMA**2, rtol=0.04, atol=0)


def test_the_error_is_the_root_of_the_mean_square() -> None:
    exact = Smoothed.of(Ring())
    shift = torch.tensor([0.3, -0.4]).double()
    found = score_error(lambda x, s: exact.score(x, s) + shift, exact, SIGMA, n=500)
    assert found.error == pytest.approx(0.5)
    assert found.relative == pytest.approx(0.5 / found.size)
    assert score_error(lambda x, _: 0 * x, exact, SIGMA, n=500).relative == pytest.approx(1)
    assert found.size > 1
