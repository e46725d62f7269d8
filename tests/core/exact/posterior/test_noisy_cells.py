"""Pairs from cells under latent noise, beside the conditional Gaussian."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian
from flowlab.core.exact.cell_masses import masses_of
from flowlab.core.exact.posterior.noisy_cells import is_felt, noisy_pairs
from flowlab.core.exact.time_slice import Endpoints, TimeSlice
from flowlab.core.interpolants.paths import interpolant_of
from tests.helpers.randomness import rng

ENDS = Gaussian(std_x=1.0, std_y=0.6), Gaussian(std_x=0.4, std_y=0.8, offset_x=2.0)
N = 20_000


def moment(t: float, level: float = 1.0, modes: int = 64) -> TimeSlice:
    masses = [masses_of(build(end), 2 * modes) for end in ENDS]  # type: ignore[arg-type]
    path = interpolant_of(Path(noise="brownian", level=level))
    return TimeSlice(Endpoints(*masses, path), t, modes)


@pytest.mark.parametrize("t", [0.3, 0.7])
def test_means_and_spreads_are_the_conditional_ones(t: float) -> None:
    now = moment(t)
    a, b, g = *now.coefficients, now.gamma
    assert g == pytest.approx((t * (1 - t)) ** 0.5)
    v0, v1 = (np.array([end.std_x, end.std_y]) ** 2 for end in ENDS)
    m1, x = np.array([2.0, 0.0]), np.array([1.0, 0.5])
    total = a * a * v0 + b * b * v1 + g * g
    pull = (x - b * m1) / total
    x0, x1 = noisy_pairs(now, torch.from_numpy(x), N, rng(1))
    for drawn, mean, var, share in ((x0, np.zeros(2), v0, a), (x1, m1, v1, b)):
        left = var - share**2 * var**2 / total
        true = mean + share * var * pull
        assert np.all(np.abs(drawn.mean(0).numpy() - true) < 4 * np.sqrt(left / N) + 2e-3)
        np.testing.assert_allclose(drawn.var(0).numpy(), left, rtol=4 * np.sqrt(2 / N) + 5e-3)
    cross = np.mean((x0 - x0.mean(0)).numpy() * (x1 - x1.mean(0)).numpy(), 0)
    off = np.abs(cross + a * b * v0 * v1 / total)
    assert np.all(off < 4 * np.sqrt(v0 * v1 / N))


def test_noise_is_felt_when_it_is_wider_than_half_a_cell() -> None:
    assert is_felt(moment(0.5))
    assert not is_felt(moment(0.5, level=0.05, modes=16))
    assert not is_felt(moment(0.0))


def test_far_from_everything_there_are_no_pairs() -> None:
    x0, x1 = noisy_pairs(moment(0.5), torch.tensor([500.0, 0.0]).double(), 4, rng(2))
    assert x0.shape == (4, 2)
    assert bool(x0.isnan().all())
    assert bool(x1.isnan().all())
