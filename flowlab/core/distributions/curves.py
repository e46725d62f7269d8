"""Distributions uniform along curves: moons, spiral, swiss roll, rings, S-curve and smiley."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.categorical import uniform
from flowlab.core.distributions.mixtures import log_kernels
from flowlab.core.document import shapes

Path = Callable[[Doubles], Doubles]  # u (n,) in [0, 1] -> points (n, 2)

MOST_NODES = 40_000  # of the quadrature; a smaller blur has no density
_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(4)


@dataclass(frozen=True)
class Curves:
    """Curves before placement, each a table of chords of equal arc length.

    Position p in [0, chords) is on chord floor(p) at the fraction p - floor(p). Curve c covers the
    positions from first[c] to first[c + 1] and the shares of the total length from bounds[c] on.
    """

    chords: Tensor  # (chords, 4): start x, y and step x, y
    first: Tensor  # (curves + 1,)
    bounds: Tensor  # (curves + 1,)
    length: float
    classes: Tensor | None  # (curves,) int64, None if there is one class

    @property
    def labels(self) -> Tensor | None:
        """The classes of the curves, None if there is only one."""
        return None if self.classes is None else torch.unique(self.classes)

    @property
    def outline(self) -> Tensor:
        """Both ends of every chord."""
        return torch.cat([self.chords[:, :2], self.chords[:, :2] + self.chords[:, 2:]])

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2) on the curves, and their classes (n,), None if there is only one."""
        u = uniform(self.bounds, (n,), rng)
        rate = self.first.diff() / self.bounds.diff()
        if len(rate) == 1:
            return self._at(u * rate), None
        c = torch.bucketize(u, self.bounds[1:-1], right=True)
        from_zero = self.first[:-1] - self.bounds[:-1] * rate
        x = self._at(from_zero.index_select(0, c) + rate.index_select(0, c) * u)
        return x, None if self.classes is None else self.classes.index_select(0, c)

    def _at(self, position: Tensor) -> Tensor:
        chord = position.long().clamp_(0, len(self.chords) - 1)
        rows, share = self.chords.index_select(0, chord), position - chord
        x, y = rows[:, 0] + share * rows[:, 2], rows[:, 1] + share * rows[:, 3]
        return torch.stack([x, y], dim=1)

    def has_density(self, sigma: float) -> bool:
        """True if blurred, with a quadrature that is affordable."""
        return sigma > 0 and 2 * self.length / sigma <= MOST_NODES

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """log of the arc-length mean of N(x; curve, sigma^2 I), (n,).

        Gauss-Legendre with four nodes on panels of at most two sigma: error about 1e-5.
        """
        del slack
        positions, weights = self._quadrature(sigma)
        nodes = self._at(torch.as_tensor(positions, dtype=x.dtype, device=x.device))
        logs = torch.as_tensor(np.log(weights), dtype=x.dtype, device=x.device)
        return log_kernels(x, nodes, logs, sigma)

    def _quadrature(self, sigma: float) -> tuple[Doubles, Doubles]:
        first, bounds = self.first.cpu().numpy(), self.bounds.cpu().numpy()
        positions, weights = [], []
        for start, stop, share in zip(first[:-1], first[1:], np.diff(bounds), strict=True):
            panels = max(16, math.ceil(share * self.length / (2 * sigma)))
            u = (np.arange(panels)[:, None] + (_GAUSS_X + 1) / 2) / panels
            positions.append((start + u * (stop - start)).ravel())
            weights.append(np.tile(_GAUSS_W * (share / (2 * panels)), panels))
        return np.concatenate(positions), np.concatenate(weights)


def curves(paths: list[Path], size: float, classes: Sequence[int] | None = None) -> Curves:
    """The table of some paths; chords are 0.002 of `size` long, with a sag of a millionth.

    Each path is its own class, unless `classes` gives one for each.
    """
    labels = list(range(len(paths)) if classes is None else classes)
    tables = [_table(path, size) for path in paths]
    lengths = np.array([length for _, length in tables])
    first = np.cumsum([0, *(len(points) - 1 for points, _ in tables)])
    bounds = np.cumsum([0, *lengths]) / lengths.sum()
    bounds[-1] = 1.0
    starts = np.concatenate([points[:-1] for points, _ in tables])
    steps = np.concatenate([np.diff(points, axis=0) for points, _ in tables])
    return Curves(
        torch.from_numpy(np.concatenate([starts, steps], axis=1)),
        torch.from_numpy(first.astype(np.float64)),
        torch.from_numpy(bounds),
        float(lengths.sum()),
        torch.tensor(labels) if len(set(labels)) > 1 else None,
    )


def _table(path: Path, size: float) -> tuple[Doubles, float]:
    fine = np.linspace(0, 1, 20_001)
    length_so_far = np.cumsum([0, *np.hypot(*np.diff(path(fine), axis=0).T)])
    chords = int(np.clip(length_so_far[-1] / (0.002 * size), 256, 16_384))
    return path(
        np.interp(np.linspace(0, length_so_far[-1], chords + 1), length_so_far, fine)
    ), float(length_so_far[-1])


def _arc(x: float, y: float, radius: float, start: float = 0.0, stop: float = 360.0) -> Path:
    """The arc about (x, y) from angle `start` to angle `stop`, in degrees."""

    def path(u: Doubles) -> Doubles:
        angle = np.radians(start + (stop - start) * u)
        return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)

    return path


def moons(shape: shapes.Moons) -> Curves:
    """Half circles about (0, 0) and (1, 0.5), as in scikit-learn, then centred."""
    r = shape.radius
    upper = _arc(-r / 2, -r / 4, r, 0, 180)
    lower = _arc(r / 2, r / 4, r, 180, 360)
    return curves([upper, lower], r)


def spiral(shape: shapes.Spiral) -> Curves:
    """Arms r = R (0.06 + 0.94 u), angle 2 pi (turns u + k / count)."""

    def arm(k: int) -> Path:
        def path(u: Doubles) -> Doubles:
            r = shape.radius * (0.06 + 0.94 * u)
            angle = 2 * np.pi * (shape.turns * u + k / shape.count)
            return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)

        return path

    return curves([arm(k) for k in range(shape.count)], shape.radius)


def swiss_roll(shape: shapes.SwissRoll) -> Curves:
    """t (cos t, sin t) for t from 1.5 pi to 4.5 pi, as in scikit-learn, scaled to the radius."""

    def path(u: Doubles) -> Doubles:
        t = np.pi * (1.5 + 3 * u)
        r = shape.radius * t / (4.5 * np.pi)
        return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)

    return curves([path], shape.radius)


def rings(shape: shapes.Rings) -> Curves:
    """Circles of radius R k / count."""
    radii = [shape.radius * (k + 1) / shape.count for k in range(shape.count)]
    return curves([_arc(0, 0, r) for r in radii], shape.radius)


def s_curve(shape: shapes.SCurve) -> Curves:
    """(sin t, sign(t)(cos t - 1)) for |t| up to 1.5 pi, as in scikit-learn."""
    r = shape.radius
    upper, lower = _arc(0, r, r, 0, 270), _arc(0, -r, r, 90, -180)
    return curves([upper, lower], r, [0, 0])


def smiley(shape: shapes.Smiley) -> Curves:
    """The outline, two eyes and a smile: three classes."""
    r = shape.radius
    eyes = [_arc(side * 0.36 * r, 0.3 * r, 0.1 * r) for side in (-1, 1)]
    return curves([_arc(0, 0, r), *eyes, _arc(0, 0, 0.58 * r, 205, 335)], r, [0, 1, 1, 2])
