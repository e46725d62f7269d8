"""A cloud of the law itself is as far from it as chance has it; another law's is farther."""

from __future__ import annotations

import math

import torch

from flowlab.bench.floors import Floors
from tests.helpers.randomness import rng


def test_a_distance_of_one_is_that_of_fresh_samples() -> None:
    floors = Floors.of(lambda own: torch.randn(800, 2, generator=own))
    ratios = [floors.ratio(torch.randn(800, 2, generator=rng(k))) for k in (50, 51, 52, 53)]
    assert 0.75 < sum(ratios) / len(ratios) < 1.4
    assert floors.ratio(torch.randn(800, 2, generator=rng(50)) + 0.5) > 3


def test_lost_points_are_infinitely_far() -> None:
    floors = Floors.of(lambda own: torch.randn(20, 2, generator=own))
    assert floors.ratio(torch.full((20, 2), math.nan)) == math.inf
