"""Points of a cloud, those near given places, and drawing among them by weights."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import cKDTree

from flowlab.core.blending.faces import Dice, Floats
from flowlab.core.distributions.categorical import Ints
from flowlab.core.distributions.factory import Distribution


class Near:
    """Pairs of a place and a point near it, in the order of the places."""

    def __init__(self, tree: cKDTree, places: Floats, reach: float) -> None:
        found = cKDTree(places.T).sparse_distance_matrix(tree, reach, output_type="ndarray")
        order = np.argsort(found["i"], kind="stable")
        self.row: Ints = found["i"][order]
        self.point: Ints = found["j"][order]
        self.first: Ints = np.searchsorted(self.row, np.arange(places.shape[1] + 1))


class Shares:
    """Weights (K,) of such pairs, to pick from each place's own."""

    def __init__(self, near: Near, values: Floats) -> None:
        self.values = values
        self._upto = np.append(0.0, np.cumsum(values))
        self._low, self._high = self._upto[near.first[:-1]], self._upto[near.first[1:]]
        self._last = near.first[1:] - 1
        self.rows: Ints = np.flatnonzero(self._high > self._low)  # places that have any

    def picked(self, rows: Ints, uniform: Floats) -> Ints:
        """A pair for each of some places (n,) of `rows`, by uniform numbers (n,)."""
        low, high = self._low[rows], self._high[rows]
        wanted = low + uniform * (high - low)
        found = np.searchsorted(self._upto, wanted, side="right") - 1
        picked: Ints = np.minimum(found, self._last[rows])
        return picked


class Atoms:
    """The points of a cloud and their blur, as an end that is drawn from."""

    def __init__(self, law: Distribution) -> None:
        cloud = law.cloud()
        assert cloud is not None
        self.blur = cloud[1]
        self.places = np.ascontiguousarray(cloud[0].float().double().T.numpy())  # (2, M): as drawn
        spread = np.cov(self.places, bias=True) + self.blur**2 * np.eye(2)
        self.area = 4 * math.pi * math.sqrt(max(0.0, float(np.linalg.det(spread))))
        self._tree = cKDTree(self.places.T)

    def sample(self, n: int, dice: Dice) -> Floats:
        """Samples (2, n)."""
        count = self.places.shape[1]
        index = np.minimum((dice.uniform(n) * count).astype(np.int64), count - 1)
        places: Floats = self.places[:, index]
        if self.blur > 0:
            places += self.blur * dice.numpy.standard_normal((2, n))
        return places

    def near(self, places: Floats, reach: float) -> Near:
        """The points within a distance of each of some places (2, n)."""
        return Near(self._tree, places, reach)
