"""Pairs of two gridded densities given x_t: for any two distributions, as accurate as the cells.

Given x, y of one end has the density f(y) g((x - b y) / a), both constant within cells. A block of
cells is sampled by its mass of f times a bound of g over all that it can reach; y is sampled from f
within the block and accepted with probability g / bound. This is exact rejection for the cells.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles, Floats, Ints, Singles
from flowlab.core.distributions.categorical import (
    sample_cumulative,
    sample_cumulative_numpy,
)
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.posterior.blocks import CELLS, Blocks, blocks_of
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, coefficients, in_order
from flowlab.core.interpolants.paths import LINEAR, Interpolant

_ROUNDS = 24
_FIRST_ROUNDS = 5  # rounds in which all points take part
_FEW = 8  # remaining points for which all cells are evaluated
_MANY = 200  # pairs per point from which all cells are evaluated at once
_FIRST = 4  # most proposals per point in the first round; then four times as many
_LEAST, _ROOM = 1 << 9, 1 << 11  # proposals at once: fewer cost the same, more leave the cache
_ROWS = 2048  # pairs at once
_FAR = 1e200  # outside every support


class CellPairs:
    """Posterior pairs of two densities on grids with the same number of cells."""

    def __init__(
        self,
        source: Distribution,
        target: Distribution,
        path: Interpolant = LINEAR,
        cells: int = CELLS,
    ) -> None:
        self._ends, self._path = (blocks_of(source, cells), blocks_of(target, cells)), path
        self.note = f"nearly exact, on {cells} × {cells} cells"

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n); NaN where none was found."""
        x0, x1 = self.several(x, t, 1, rng, exhaustive=False)
        return Drawn(x0[..., 0], x1[..., 0], float(x.shape[1]))

    def several(
        self,
        x: Floats,
        t: float,
        n: int,
        rng: Generators,
        gamma: float = 0.0,
        exhaustive: bool = True,
    ) -> tuple[Floats, Floats]:
        """n pairs for each x (2, m): two arrays (2, m, n); NaN outside the support.

        Latent noise of scale `gamma` must be too small for the cells to resolve. Unless
        `exhaustive`, a few points may get no pairs.
        """
        if not x.shape[1]:
            return np.empty((2, 0, n)), np.empty((2, 0, n))
        x = np.where(np.isfinite(x).all(0), x, _FAR)
        blend = coefficients(self._path, t)
        rows = max(1, _ROWS // n)
        parts = [
            self._several(x[:, first : first + rows], blend, n, rng, gamma, exhaustive)
            for first in range(0, x.shape[1], rows)
        ]
        x0, x1 = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
        return x0, x1

    def _several(
        self,
        x: Floats,
        blend: tuple[float, float],
        n: int,
        rng: Generators,
        gamma: float,
        exhaustive: bool,
    ) -> tuple[Floats, Floats]:
        sizes = [
            abs(by) * math.sqrt(float(end.block.prod()))
            for by, end in zip(blend, self._ends, strict=True)
        ]
        from_target = sizes[1] < sizes[0]
        drawn, solved = self._ends[from_target], self._ends[not from_target]
        a, b = blend[not from_target], blend[from_target]
        y = _Conditional(x, drawn, solved, a, b).draw(n, rng, None if exhaustive else _FEW)
        noise = gamma * rng.numpy.standard_normal(y.shape) if gamma > 0 else 0.0
        return in_order(y, (x[..., None] - b * y - noise) / a, from_target)


class _Conditional:
    """y with density proportional to f(y) g((x - b y) / a), for points x (2, m)."""

    def __init__(self, x: Floats, f: Blocks, g: Blocks, a: float, b: float) -> None:
        self._x, self._f, self._g, self._a, self._b = x, f, g, a, b
        self._bounds, self._cumulative = _reached(x, f, g, a, b)

    def draw(self, n: int, rng: Generators, few: int | None) -> Floats:
        """n samples for each point, (2, m, n); NaN where none was found.

        By rejection if few are wanted per point; by evaluating all cells if many are, or for at
        most `few` points for which rejection fails.
        """
        count = self._x.shape[1]
        y = np.full((2, count * n), np.nan)
        left: Ints = np.flatnonzero(np.repeat(self._cumulative[:, -1].numpy() > 0, n))
        if n < _MANY:
            left = self._by_proposals(y, left, n, rng)
        for point in np.unique(left // n)[:few]:
            rows = left[left // n == point]
            y[:, rows] = self._among_all(point, len(rows), rng)
        return y.reshape(2, count, n)

    def _by_proposals(self, y: Floats, left: Ints, n: int, rng: Generators) -> Ints:
        """Fill columns (k,) of y by rejection; returns those that are still empty."""
        for number in range(_ROUNDS):
            if len(left) <= (_FEW if number >= _FIRST_ROUNDS else 0):
                break
            wish = max(_FIRST << 2 * number, _LEAST // len(left))
            each = max(1, min(wish, _ROOM // len(left)))
            cumulative = self._cumulative
            if len(left) < y.shape[1] or n > 1:
                cumulative = cumulative[left // n]
            u = torch.from_numpy(rng.uniform(len(left), each))
            block: Ints = sample_cumulative(cumulative, u).reshape(-1).numpy()
            rows = np.repeat(left, each)
            places = self._f.within(block, rng)
            accepted = rng.uniform(len(rows)) * self._bounds[
                rows // n, block
            ] < self._other_density(self._x[:, rows // n], places)
            y[:, rows[accepted][::-1]] = places[:, accepted][
                :, ::-1
            ]  # the first of each is written last
            left = left[np.isnan(y[0, left])]
        return left

    def _among_all(self, point: int, n: int, rng: Generators) -> Floats:
        """y (2, n) for one point from all cells, or NaN."""
        f, (x, y) = self._f, self._x[:, point]
        other_density = self._g.on_lattice(
            (x - self._b * f.xs) / self._a, (y - self._b * f.ys) / self._a
        )
        cumulative: Doubles = np.cumsum(f.height * other_density, dtype=np.float64)
        if not cumulative[-1] > 0:
            return np.full((2, n), np.nan)
        u, *place = rng.uniform(3, n)
        row, column = np.divmod(sample_cumulative_numpy(cumulative, u), f.cells)
        places: Floats = f.low + (np.stack([column, row]) + np.stack(place)) * f.cell
        return places

    def _other_density(self, x: Floats, y: Floats) -> Singles:
        """Density (n,) of the other end at its point, given y (2, n)."""
        return self._g.at((x - self._b * y) / self._a)


def _reached(x: Floats, f: Blocks, g: Blocks, a: float, b: float) -> tuple[Singles, Tensor]:
    """Bounds of g over all that each block of f can reach, and cumulative mass times bound.

    Both (n, blocks). (x - b y) / a maps a block of f to a box, which overlaps a window of blocks of
    g; `window` holds the largest bound of each.
    """
    steps = np.arange(f.count)[:, None] + (b * a > 0)  # edges of blocks of f that map lowest
    first, window = [], g.bound
    for axis in (0, 1):
        wide = abs(b * f.block[axis, 0] / (a * g.block[axis, 0]))  # width of the box, in blocks
        window, pad = _highest(window, math.ceil(wide) + 1, 1 - axis)
        low = (x[axis] - b * (f.low[axis] + steps * f.block[axis])) / a
        index = np.floor((low - g.low[axis]) / g.block[axis])
        first.append(np.clip(index + pad, 0, window.shape[1 - axis] - 1).astype(np.int64).T)
    flat = first[1][:, :, None] * window.shape[1] + first[0][:, None, :]
    bounds = window.reshape(-1).take(flat.reshape(len(flat), -1), mode="clip")
    return bounds, torch.from_numpy(bounds * f.mass).cumsum(1)


def _highest(bound: Singles, width: int, axis: int) -> tuple[Singles, int]:
    """The maximum over windows of `width` entries along an axis, and the padding before index 0.

    Windows off the grid have maximum 0.
    """
    width = min(width, bound.shape[axis] + 1)
    pads = [(0, 0), (0, 0)]
    pads[axis] = (width, 2 * width)
    padded = np.moveaxis(np.pad(bound, pads), axis, 0)
    count = len(padded) - width + 1
    highest = np.maximum.reduce([padded[k : k + count] for k in range(width)])
    return np.ascontiguousarray(np.moveaxis(highest, 0, axis)), width
