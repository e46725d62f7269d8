"""Noise floors against fresh samples and against the bias that theory predicts."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Gaussian, Moons
from flowlab.core.metrics import (
    energy_distance,
    exact_w2,
    noise_floor,
    sliced_w2,
    sliced_w2_floor,
)


@pytest.mark.parametrize("distance", [energy_distance, exact_w2, sliced_w2])
def test_a_floor_is_what_fresh_samples_show(distance) -> None:  # type: ignore[no-untyped-def]
    distribution, n = build(Moons()), 200
    floor = noise_floor(distance, distribution, n, pairs=12)
    rng = torch.Generator().manual_seed(77)
    fresh = [distance(distribution.sample(n, rng), distribution.sample(n, rng)) for _ in range(12)]
    off = np.hypot(floor.spread, np.std(fresh, ddof=1)) / 12**0.5
    assert floor.mean == pytest.approx(np.mean(fresh), abs=4 * off)
    assert (floor.n, floor.pairs) == (200, 12)
    assert 0 < floor.spread < floor.mean


def test_the_energy_distance_of_two_samples_is_the_bias_of_equal_pairs() -> None:
    """E D^2 = (2 / n) E|x - x'|, and E|x - x'| = sqrt pi between points of a standard Gaussian."""
    n = 400
    floor = noise_floor(energy_distance, build(Gaussian()), n, pairs=30)
    square = floor.mean**2 + floor.spread**2
    assert square == pytest.approx(2 * math.sqrt(math.pi) / n, rel=0.15)


def test_one_pair_has_no_spread_and_the_mean_is_the_old_figure() -> None:
    distribution = build(Gaussian())
    assert noise_floor(sliced_w2, distribution, 50, pairs=1).spread == 0
    several = noise_floor(lambda x, y: sliced_w2(x, y, 32), distribution, 300, pairs=3, seed=5)
    assert sliced_w2_floor(distribution, 300, 32, pairs=3, seed=5) == several.mean
