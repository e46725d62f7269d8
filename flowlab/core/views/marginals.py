"""Samples of the exact p_t at any t, and how far a cloud is from them; imports no torch.

p_t is the law of x_t = alpha(t) x0 + beta(t) x1 + gamma(t) z of independent pairs, so that it is
sampled without any field.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate

_DIRECTIONS = 32
_FEWEST = 50  # points of a cloud whose distance says anything
_ANGLES = np.pi * (np.arange(_DIRECTIONS) + 0.5) / _DIRECTIONS
_ALONG: Floats = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)]).astype(np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class Marginals:
    """Independent sets of pairs, and the path that joins them, tabulated in t."""

    x0: Floats  # (sets, n, 2)
    x1: Floats
    z: Floats | None  # None for a path without latent noise
    times: Floats  # (K,)
    coefficients: Floats  # (3, K): alpha, beta and gamma

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(each.nbytes for each in (self.x0, self.x1, self.z) if each is not None)

    @property
    def count(self) -> int:
        """The number of points in a set."""
        return int(self.x0.shape[1])

    def at(self, t: float, most: int | None = None) -> Floats:
        """The sets of samples (sets, n, 2) of p_t, or the first `most` of each."""
        a, b, g = (np.float32(np.interp(t, self.times, row)) for row in self.coefficients)
        x = a * self.x0[:, :most] + b * self.x1[:, :most]
        return x if self.z is None else x + g * self.z[:, :most]

    def meter(self, clouds: list[Floats], t: float, most: int | None = None) -> Meter:
        """The distance of each cloud (N, 2) to p_t, beside that between fresh samples of p_t.

        Of the first particles of each cloud: as many as the smallest has that says anything, or a
        set, or `most`.
        """
        telling = [len(cloud) for cloud in clouds if len(cloud) >= _FEWEST]
        n = min([self.count, most or self.count, *telling])
        sets = [_quantiles(x) for x in self.at(t, max(n, _FEWEST))]
        between = [_distance(x, y) for x, y in combinations(sets, 2)]
        floor = float(np.mean(between))
        return Meter(
            count=n,
            values=tuple(_to_sets(cloud[:n], sets) for cloud in clouds),
            floor=Estimate(floor, float(np.std(between, ddof=1)) / math.sqrt(len(sets) / 2)),
            spread=float(np.std(between, ddof=1)),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Meter:
    """Sliced W2 of clouds to the exact p_t; None for a cloud with lost or too few particles."""

    count: int  # points of each cloud, and of the samples of p_t
    values: tuple[Estimate | None, ...]
    floor: Estimate  # the mean between two fresh sets of p_t
    spread: float  # its standard deviation from pair to pair

    def is_off(self, value: Estimate) -> bool:
        """True if a cloud is farther from p_t than chance explains, by two standard deviations."""
        return value - self.floor > 2 * math.hypot(value.error or 0.0, self.spread)


def _to_sets(cloud: Floats, sets: list[Floats]) -> Estimate | None:
    """The mean distance to all sets, with the standard error that the sampling of both causes."""
    if len(cloud) * _DIRECTIONS != sets[0].size or not np.isfinite(cloud).all():
        return None
    along = (cloud @ _ALONG).T
    order = np.argsort(along, axis=1)
    own = np.take_along_axis(along, order, 1)
    found = [_distance(own, each) for each in sets]
    mean, n = float(np.mean(found)), len(cloud)
    of_cloud = _influence(own, order, sets[0]) / n / max(4 * mean * mean, 1e-30)
    of_sets = float(np.var(found, ddof=1))
    return Estimate(mean, math.sqrt(of_cloud + of_sets / len(sets)))


def _influence(own: Floats, order: np.ndarray, other: Floats) -> float:
    """The variance over a cloud's points of their first-order effect on the squared distance.

    Along one direction this is the Kantorovich potential phi, with phi'(x) = 2 (x - T(x)).
    """
    off = own - other
    rises = (off[:, 1:] + off[:, :-1]) * np.diff(own, axis=1)
    potential = np.zeros_like(own)
    np.cumsum(rises, axis=1, out=potential[:, 1:])
    by_point = np.empty_like(potential)
    np.put_along_axis(by_point, order, potential, 1)
    return float(by_point.mean(0).var())


def _quantiles(cloud: Floats) -> Floats:
    """The sorted coordinates (directions, n) of a cloud along evenly spaced directions."""
    along: Floats = np.sort((cloud @ _ALONG).T, axis=1)
    return along


def _distance(x: Floats, y: Floats) -> float:
    return math.sqrt(float(np.square(x - y).mean()))
