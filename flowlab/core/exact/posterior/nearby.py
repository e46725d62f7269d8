"""Points of a cloud, and those near given places."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import cKDTree

from flowlab.core.array_types import Floats, Ints
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.posterior.interfaces import Generators


class Near:
    """Pairs of a place and a point within reach, in the order of the places."""

    def __init__(self, tree: cKDTree, places: Floats, reach: float) -> None:
        distances = cKDTree(places.T).sparse_distance_matrix(tree, reach, output_type="ndarray")
        order = np.argsort(distances["i"], kind="stable")
        self.row: Ints = distances["i"][order]
        self.point: Ints = distances["j"][order]
        self.first: Ints = np.searchsorted(self.row, np.arange(places.shape[1] + 1))


class Atoms:
    """The points of a cloud and their blur, as an end that can be sampled."""

    def __init__(self, distribution: Distribution) -> None:
        cloud = distribution.cloud()
        assert cloud is not None
        self.blur = cloud[1]
        self.places = np.ascontiguousarray(cloud[0].float().double().T.numpy())  # (2, M): as drawn
        spread = np.cov(self.places, bias=True) + self.blur**2 * np.eye(2)
        self.area = 4 * math.pi * math.sqrt(max(0.0, float(np.linalg.det(spread))))
        self._tree = cKDTree(self.places.T)

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n)."""
        count = self.places.shape[1]
        index = np.minimum((rng.uniform(n) * count).astype(np.int64), count - 1)
        places: Floats = self.places[:, index]
        if self.blur > 0:
            places += self.blur * rng.numpy.standard_normal((2, n))
        return places

    def near(self, places: Floats, reach: float) -> Near:
        """The points within `reach` of each place (2, n)."""
        return Near(self._tree, places, reach)
