"""One end of a blend as rejection needs it: drawn from, and its density over the largest."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.distributions.categorical import by_cumulative_numpy
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.outlines import Outline, outline_of
from flowlab.core.exact.posterior.interfaces import Generators

_PLACES = 192  # a side, where the largest density is looked for
_SAMPLES = 1 << 15
_CLIMBERS = 64  # of the best places, which then climb
_CLIMBS = 24
_MARGIN = 1.001  # above what was found: bilinear and smooth densities are climbed to their tops


class Drawable(Protocol):
    """What samples are drawn from."""

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n)."""


class End(Drawable, Protocol):
    """Samples, and how likely a place is beside the likeliest."""

    peak: float  # largest density
    flat: bool  # is it the only one?

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,), of points (2, n)."""


class Region:
    """A uniform region with straight edges, in convex pieces."""

    flat = True

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.peak = 1 / outline.area
        self._whole, corner, u, v = _parts(outline.pieces.numpy())
        areas = np.abs(u[0] * v[1] - u[1] * v[0])
        self._table = np.concatenate([corner, u, v])  # (6, K)
        self._cumulative = np.cumsum(areas)
        self._out, self._gap = _half_planes(outline.pieces.numpy())

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n): a part by area, then a place in it by two uniform numbers."""
        table = self._table
        if table.shape[1] > 1:
            table = table.take(by_cumulative_numpy(self._cumulative, rng.uniform(n)), axis=1)
        s, r = rng.uniform(2, n)
        if not self._whole:  # sorted, they are barycentric weights of a triangle
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

    They fill convex pieces (I, W, 2): the pieces themselves, or the triangles of their fans.
    """
    skew = np.abs(pieces[:, 0] + pieces[:, 2] - pieces[:, 1] - pieces[:, 3 % pieces.shape[1]])
    whole = pieces.shape[1] == 4 and bool(skew.max() < 1e-12 * np.abs(pieces).max())
    last = 1 if whole else pieces.shape[1] - 2
    first = np.repeat(pieces[:, :1], last, axis=1)
    u, v = pieces[:, 1 : 1 + last] - first, pieces[:, -last:] - first
    corner, u, v = (part.reshape(-1, 2).T.copy() for part in (first, u, v))
    return whole, corner, u, v


def _half_planes(pieces: Doubles) -> tuple[Doubles, Doubles]:
    """Outward vectors (I W, 2) and gaps (I, W, 1): a piece is where out x <= gap on all edges."""
    along = np.roll(pieces, -1, axis=1) - pieces  # counter-clockwise
    out = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    return out.reshape(-1, 2), (out * pieces).sum(-1)[..., None]


class Density:
    """Any distribution whose density is known and bounded."""

    flat = False

    def __init__(self, law: Distribution) -> None:
        self._law = law
        self._log_peak = _log_peak(law)
        self.peak = math.exp(self._log_peak)

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n)."""
        return sampled(self._law, n, rng)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        logs = self._law.log_prob(torch.from_numpy(np.ascontiguousarray(x.T)))
        shares: Floats = (logs.double() - self._log_peak).exp().numpy()
        return shares


class Bumps(Density):
    """A Gaussian mixture, whose density takes a few lines, and a tenth of the time."""

    def __init__(self, law: Distribution) -> None:
        super().__init__(law)
        mixture = law.mixture()
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
        with np.errstate(over="ignore", invalid="ignore"):  # NaN is above no number, as 0 is not
            square = (xx * dx + xy * dy) * dx + yy * dy * dy
            shares: Floats = self._heights @ np.exp(square * -0.5)
        return shares


@lru_cache(maxsize=16)
def end_of(shape: Shape) -> End:
    """The end that a shape describes; raises `Invalid` where its density is not known."""
    outline = outline_of(shape)
    if outline is not None:
        return Region(outline)
    law = build(shape)
    if not law.has_log_prob:
        name = type(shape).title.lower()
        raise Invalid(
            f"Rejection compares densities, and that of the end “{name}” is not known or not "
            "bounded; deblend from the exact posterior instead."
        )
    return Density(law) if law.mixture() is None else Bumps(law)


def box_of(shape: Shape) -> tuple[Floats, Floats]:
    """Middle and half the size (2, 1) of a box that holds all mass, or all but 1e-9 of it."""
    law = build(shape)
    x0, x1, y0, y1 = law.extent
    half = np.array([[x1 - x0], [y1 - y0]]) / 2
    endless = shape.noise > 0 or law.mixture() is not None  # extents hold four deviations
    return np.array([[x0 + x1], [y0 + y1]]) / 2, 2 * half if endless else half


def sampled(law: Distribution, n: int, rng: Generators) -> Floats:
    """Samples (2, n) of a distribution, float64."""
    samples: Floats = law.sample(n, rng.torch).double().T.contiguous().numpy()
    return samples


def _log_peak(law: Distribution) -> float:
    """Logarithm of the largest density: the best of many places, which then climb."""
    x0, x1, y0, y1 = law.extent
    rng = torch_rng(0, Stream.PEAK)
    ticks = torch.linspace(0, 1, _PLACES, dtype=torch.float64)
    lattice = torch.cartesian_prod(x0 + ticks * (x1 - x0), y0 + ticks * (y1 - y0))
    mixture = law.mixture()
    tops = lattice[:0] if mixture is None else mixture.means  # some may be narrow, and seldom drawn
    places = torch.cat([lattice, law.sample(_SAMPLES, rng).double(), tops])
    logs = law.log_prob(places)
    best = logs.topk(_CLIMBERS)
    return _climbed(law, places[best.indices], max(x1 - x0, y1 - y0) / _PLACES, rng)


def _climbed(law: Distribution, x: Tensor, step: float, rng: torch.Generator) -> float:
    """Steps at random, ever shorter ones, taken where they lead up."""
    logs = law.log_prob(x)
    for k in range(_CLIMBS):
        off = torch.randn(x.shape, dtype=x.dtype, generator=rng) * (step * 0.75**k)
        higher = law.log_prob(x + off)
        up = higher > logs
        x, logs = torch.where(up[:, None], x + off, x), torch.maximum(logs, higher)
    return float(logs.max()) + math.log(_MARGIN)
