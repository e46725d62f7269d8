"""Crossings of straight pairs, against shapely and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from shapely import LineString

from flowlab.core.interpolants.crossings import crossings
from flowlab.core.interpolants.matching import optimal_assignment, squared_distances


def random_pairs(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)).astype(np.float32), rng.normal(size=(n, 2)).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_they_are_those_that_shapely_finds(seed: int) -> None:
    x0, x1 = random_pairs(40, seed)
    lines = [LineString([a, b]) for a, b in zip(x0, x1, strict=True)]
    expected = [
        lines[i].intersection(lines[j]).coords[0]
        for i in range(40)
        for j in range(i + 1, 40)
        if lines[i].crosses(lines[j])
    ]
    found = crossings(x0, x1)
    np.testing.assert_allclose(np.sort(found.points, 0), np.sort(expected, 0), atol=1e-9)
    assert found.share == pytest.approx(len(expected) / (40 * 39 / 2))


def test_both_particles_are_where_they_cross() -> None:
    x0, x1 = random_pairs(60, 9)
    found = crossings(x0, x1)
    assert ((found.times > 0) & (found.times < 1)).all()
    near = found.times[np.abs(found.times[:, 0] - found.times[:, 1]) <= 0.05]
    assert found.together == pytest.approx(len(near) / (60 * 59 / 2))
    assert 0 < found.together < found.share


def test_a_cross_and_its_times() -> None:
    found = crossings(np.array([[0.0, 0.0], [1.0, -1.0]]), np.array([[4.0, 0.0], [1.0, 1.0]]))
    assert found.points.tolist() == [[1.0, 0.0]]
    assert found.times.tolist() == [[0.25, 0.5]]
    assert (found.share, found.together) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("x0", "x1"),
    [
        ([[0, 0], [0, 0]], [[1, 0], [0, 1]]),  # one start
        ([[0, 0], [1, 1]], [[2, 0], [1, 0]]),  # an end upon the other line
        ([[0, 0], [1, 0]], [[2, 0], [3, 0]]),  # upon each other
        ([[0, 0], [0, 1]], [[1, 0], [1, 1]]),  # parallel
        ([[0, 0], [0, 0]], [[0, 0], [0, 0]]),  # points
        ([[0, 0]], [[1, 1]]),
        (np.zeros((0, 2)), np.zeros((0, 2))),
    ],
)
def test_touching_is_not_crossing(x0: object, x1: object) -> None:
    found = crossings(np.array(x0, float), np.array(x1, float))
    assert len(found.points) == 0
    assert found.share == found.together == 0.0


def test_particles_of_an_optimal_matching_never_meet() -> None:
    """Displacement interpolation is one to one before its end; lines may cross at other times."""
    x0, x1 = random_pairs(120, 3)
    cost = squared_distances(torch.tensor(x0), torch.tensor(x1))
    best = optimal_assignment(cost[None])[0].numpy()
    independent, optimal = crossings(x0, x1), crossings(x0, x1[best])
    assert independent.share > 0.15
    assert optimal.share < 0.2 * independent.share
    (i, j), (p, q) = np.triu_indices(120, 1), (x0, x1[best])
    assert (((p[i] - p[j]) * (q[i] - q[j])).sum(1) >= -1e-6).all()
