"""The live check that chains are distributed as p_alpha."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.blending.factory import deblender_of
from flowlab.core.blending.interfaces import Generators
from flowlab.core.blending.marginals import marginals
from flowlab.core.document.gallery import named
from flowlab.core.metrics.distances import sliced_w2

EXACT = deblender_of(named("triangle"), named("rhombus"))
ALPHAS = [k / 16 for k in range(17)]


def rng(seed: int) -> Generators:
    return Generators(torch.Generator().manual_seed(seed))


def blends(n: int, shift: float = 0.0) -> np.ndarray:
    """Beads (17, n, 2) with the right law at every alpha, moved in the middle by `shift`."""
    throw = rng(5)
    x0, x1 = EXACT.sources(n, throw).T, EXACT.targets(n, throw).T
    off = [shift * 4 * a * (1 - a) for a in ALPHAS]
    return np.stack([(1 - a) * x0 + a * x1 + d for a, d in zip(ALPHAS, off, strict=True)])


def test_the_right_law_lies_at_the_noise_floor() -> None:
    found = marginals(blends(1000), ALPHAS, EXACT, rng(1))
    assert found.count == 1000
    assert found.alphas.tolist() == [k / 8 for k in range(9)]
    excess = (found.distance - found.floor) / found.spread.mean()
    assert np.abs(excess).mean() < 3


def test_they_are_sliced_distances_of_clouds_as_large() -> None:
    points = blends(700, shift=0.3)
    found = marginals(points, ALPHAS, EXACT, rng(1))
    throw = rng(9)
    x0, x1 = (torch.from_numpy(draw(700, throw).T) for draw in (EXACT.sources, EXACT.targets))
    there = sliced_w2(torch.from_numpy(points[8]), (x0 + x1) / 2)
    assert found.distance[4] == pytest.approx(there, abs=4 * float(found.spread[4]))
    assert found.distance[4] > 10 * found.spread[4]


def test_a_wrong_law_is_far_above_it_where_it_is_wrong() -> None:
    found = marginals(blends(1000, shift=0.3), ALPHAS, EXACT, rng(1))
    assert found.distance[4] > 3 * found.floor[4]
    assert found.distance[0] < 2 * found.floor[0]
    assert found.at(0.5) == (found.distance[4], found.floor[4], found.spread[4])


def test_lost_chains_are_left_out_and_none_at_all_is_blank() -> None:
    points = blends(200)
    points[8:, 50:] = np.nan
    points[-1] = np.nan
    found = marginals(points, ALPHAS, EXACT, rng(1))
    assert np.isfinite(found.distance[:-1]).all()
    assert np.isnan(found.distance[-1])
