"""A cloud's points near places, beside all distances; and draws of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Points
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.nearby import Atoms
from tests.helpers.randomness import rng

CLOUD = np.random.default_rng(0).normal(size=(60, 2)) * (2.0, 0.5)


def atoms(noise: float = 0.0) -> Atoms:
    return Atoms(build(Points(points=Array(CLOUD), noise=noise)))


@pytest.mark.parametrize("reach", [0.01, 0.7, 10.0])
def test_near_are_all_within_reach_in_the_order_of_the_places(reach: float) -> None:
    own = atoms()
    places = np.random.default_rng(1).normal(size=(2, 25))
    found = own.near(places, reach)
    apart = np.linalg.norm(places.T[:, None] - own.places.T[None], axis=-1)
    row, point = np.nonzero(apart <= reach)
    pairs = sorted(zip(found.row.tolist(), found.point.tolist(), strict=True))
    assert pairs == list(zip(row.tolist(), point.tolist(), strict=True))
    assert np.all(np.diff(found.row) >= 0)
    for k in range(25):
        mine = found.point[found.first[k] : found.first[k + 1]]
        assert sorted(mine.tolist()) == np.flatnonzero(apart[k] <= reach).tolist()


def test_places_are_the_points_as_they_are_drawn() -> None:
    np.testing.assert_allclose(atoms().places.T, CLOUD, atol=1e-6)


def test_every_point_is_drawn_as_often() -> None:
    own, n = atoms(), 60_000
    drawn = own.sample(n, Generators(rng(2)))
    index = {tuple(place): k for k, place in enumerate(own.places.T)}
    counts = np.bincount([index[tuple(x)] for x in drawn.T], minlength=60)
    chi = float(np.sum((counts - n / 60) ** 2 / (n / 60)))
    assert chi < 59 + 4 * math.sqrt(2 * 59)


def test_blur_adds_its_variance_and_leaves_the_points_alone() -> None:
    own, n, blur = atoms(0.4), 40_000, 0.4
    before = own.places.copy()
    drawn = own.sample(n, Generators(rng(3)))
    true = np.cov(CLOUD.T, bias=True) + blur**2 * np.eye(2)
    np.testing.assert_allclose(np.cov(drawn), true, atol=4 * np.trace(true) * math.sqrt(2 / n))
    np.testing.assert_array_equal(own.places, before)


def test_area_is_that_of_a_gaussian_of_the_same_covariance() -> None:
    """4 pi sqrt(det C) = 1 / int p^2, of a Gaussian."""
    cov = np.cov(CLOUD.T, bias=True) + 0.09 * np.eye(2)
    assert atoms(0.3).area == pytest.approx(4 * math.pi * math.sqrt(np.linalg.det(cov)), rel=1e-5)
