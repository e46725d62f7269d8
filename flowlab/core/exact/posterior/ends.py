"""One end of an interpolant as rejection needs it: samples, and density relative to its maximum."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.distributions.categorical import sample_cumulative_numpy
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.outlines import Outline, outline_of
from flowlab.core.exact.posterior.interfaces import Generators

_PLACES = 192  # per side, where the maximum is searched
_SAMPLES = 1 << 15
_CLIMBERS = 64  # best places, which are then refined
_CLIMBS = 24
_MARGIN = 1.001  # above the maximum found


class Drawable(Protocol):
    """Something that can be sampled."""

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n)."""


class End(Drawable, Protocol):
    """Samples, and the density relative to its maximum."""

    peak: float  # maximum density
    flat: bool  # True if the density is constant on its support

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,), of points (2, n)."""


class Region:
    """A uniform region with straight edges, in convex pieces."""

    flat = True

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.peak = 1 / outline.area
        self._parallelograms, corner, u, v = _parts(outline.pieces.numpy())
        areas = np.abs(u[0] * v[1] - u[1] * v[0])
        self._table = np.concatenate([corner, u, v])  # (6, K)
        self._cumulative = np.cumsum(areas)
        self._out, self._gap = _half_planes(outline.pieces.numpy())

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n): a part by area, then a place in it by two uniform numbers."""
        table = self._table
        if table.shape[1] > 1:
            table = table.take(sample_cumulative_numpy(self._cumulative, rng.uniform(n)), axis=1)
        s, r = rng.uniform(2, n)
        if not self._parallelograms:  # sorted, they are barycentric coordinates of a triangle
            s, r = np.minimum(s, r), np.abs(s - r)
        places: Floats = table[0:2] + s * table[2:4] + r * table[4:6]
        return places

    def share(self, x: Floats) -> Floats:
        """1 within, 0 without, (n,)."""
        beyond = (self._out @ x).reshape(*self._gap.shape[:2], -1) > self._gap
        pieces = ~np.logical_or.reduce(beyond, axis=1)
        inside: Bools = pieces[0] if len(pieces) == 1 else np.logical_or.reduce(pieces, axis=0)
        return inside.astype(np.float64)


def _parts(pieces: Doubles) -> tuple[bool, Doubles, Doubles, Doubles]:
    """A corner and two edges, each (2, K), of parallelograms (True) or triangles (False).

    They cover convex pieces (I, W, 2): the pieces themselves, or the triangles of their fans.
    """
    skew = np.abs(pieces[:, 0] + pieces[:, 2] - pieces[:, 1] - pieces[:, 3 % pieces.shape[1]])
    parallelograms = pieces.shape[1] == 4 and bool(skew.max() < 1e-12 * np.abs(pieces).max())
    last = 1 if parallelograms else pieces.shape[1] - 2
    first = np.repeat(pieces[:, :1], last, axis=1)
    u, v = pieces[:, 1 : 1 + last] - first, pieces[:, -last:] - first
    corner, u, v = (part.reshape(-1, 2).T.copy() for part in (first, u, v))
    return parallelograms, corner, u, v


def _half_planes(pieces: Doubles) -> tuple[Doubles, Doubles]:
    """Normals (I W, 2), offsets (I, W, 1): a piece has normal . x <= offset for all edges."""
    along = np.roll(pieces, -1, axis=1) - pieces  # counter-clockwise
    out = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    return out.reshape(-1, 2), (out * pieces).sum(-1)[..., None]


class DensityEnd:
    """Any distribution with a known, bounded density."""

    flat = False

    def __init__(self, distribution: Distribution) -> None:
        self._distribution = distribution
        self._log_peak = _log_peak(distribution)
        self.peak = math.exp(self._log_peak)

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n)."""
        return sampled(self._distribution, n, rng)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        logs = self._distribution.log_prob(torch.from_numpy(np.ascontiguousarray(x.T)))
        shares: Floats = (logs.double() - self._log_peak).exp().numpy()
        return shares


class MixtureEnd(DensityEnd):
    """A Gaussian mixture: its density in a few lines, ten times as fast."""

    def __init__(self, distribution: Distribution) -> None:
        super().__init__(distribution)
        mixture = distribution.mixture()
        assert mixture is not None
        covs = mixture.covs.numpy()
        (xx, xy), (_, yy) = np.linalg.inv(covs).transpose(1, 2, 0)[..., None]  # each (K, 1)
        self._precision = xx, 2 * xy, yy
        heights = mixture.weights.numpy() / (2 * math.pi * np.sqrt(np.linalg.det(covs)))
        self._heights = heights / self.peak
        self._means = mixture.means.numpy().T[..., None]  # (2, K, 1)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        dx, dy = x[:, None] - self._means
        xx, xy, yy = self._precision
        with np.errstate(over="ignore", invalid="ignore"):  # NaN compares as 0 does
            square = (xx * dx + xy * dy) * dx + yy * dy * dy
            shares: Floats = self._heights @ np.exp(square * -0.5)
        return shares


@lru_cache(maxsize=16)
def end_of(shape: Shape) -> End:
    """The end that a shape describes; raises `Invalid` if its density is unknown."""
    outline = outline_of(shape)
    if outline is not None:
        return Region(outline)
    distribution = build(shape)
    if not distribution.has_log_prob:
        name = type(shape).title.lower()
        raise Invalid(
            f"Rejection compares densities, and that of the end “{name}” is not known or not "
            "bounded; deblend from the exact posterior instead."
        )
    return DensityEnd(distribution) if distribution.mixture() is None else MixtureEnd(distribution)


def box_of(shape: Shape) -> tuple[Floats, Floats]:
    """Centre and half size (2, 1) of a box that holds all mass, or all but 1e-9."""
    distribution = build(shape)
    x0, x1, y0, y1 = distribution.extent
    half = np.array([[x1 - x0], [y1 - y0]]) / 2
    endless = shape.noise > 0 or distribution.mixture() is not None  # extents hold 4 deviations
    return np.array([[x0 + x1], [y0 + y1]]) / 2, 2 * half if endless else half


def sampled(distribution: Distribution, n: int, rng: Generators) -> Floats:
    """Samples (2, n) of a distribution, float64."""
    samples: Floats = distribution.sample(n, rng.torch).double().T.contiguous().numpy()
    return samples


def _log_peak(distribution: Distribution) -> float:
    """Logarithm of the maximum density: the best of many places, refined by random search."""
    x0, x1, y0, y1 = distribution.extent
    rng = torch_rng(0, Stream.PEAK)
    ticks = torch.linspace(0, 1, _PLACES, dtype=torch.float64)
    lattice = torch.cartesian_prod(x0 + ticks * (x1 - x0), y0 + ticks * (y1 - y0))
    mixture = distribution.mixture()
    tops = lattice[:0] if mixture is None else mixture.means  # of narrow components
    places = torch.cat([lattice, distribution.sample(_SAMPLES, rng).double(), tops])
    logs = distribution.log_prob(places)
    best = logs.topk(_CLIMBERS)
    return _climb(distribution, places[best.indices], max(x1 - x0, y1 - y0) / _PLACES, rng)


def _climb(distribution: Distribution, x: Tensor, step: float, rng: torch.Generator) -> float:
    """Random search with shrinking steps; a step is taken where the density increases."""
    logs = distribution.log_prob(x)
    for k in range(_CLIMBS):
        off = torch.randn(x.shape, dtype=x.dtype, generator=rng) * (step * 0.75**k)
        higher = distribution.log_prob(x + off)
        up = higher > logs
        x, logs = torch.where(up[:, None], x + off, x), torch.maximum(logs, higher)
    return float(logs.max()) + math.log(_MARGIN)
