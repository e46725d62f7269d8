"""Pairs of two densities on grids given x_t: any two distributions, as fine as their cells.

Given x, y of one end has the density f(y) g((x - b y) / a). Both are level within cells. A coarse
block of cells is picked by its mass of f times a bound of g over all that it can reach; y is drawn
from f within the block, and kept with probability g over that bound: the law of the cells, exactly.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.distributions.categorical import (
    Ints,
    alias_table,
    by_cumulative,
    by_cumulative_numpy,
    pick_each,
)
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.cell_masses import CellMasses, masses_of
from flowlab.core.exact.posterior.ends import sampled
from flowlab.core.exact.posterior.interfaces import Dice, Drawn, Floats, coefficients, in_order
from flowlab.core.interpolants.paths import LINEAR, Interpolant

Singles = np.ndarray[Any, np.dtype[np.float32]]

CELLS = 256  # a side: those of the grid oracle
_BLOCKS = 8  # a side, or 4 where that does not divide the cells
_ROUNDS = 24
_FIRST_ROUNDS = 5  # of which so many for everybody
_FEW = 8  # points that are left for whom all cells in reach are looked through
_MANY = 200  # pairs of one point for which that is done at once
_FIRST = 4  # proposals for each point in the first round, at most; then four times as many
_LEAST, _ROOM = 1 << 9, 1 << 11  # proposals at once: fewer cost as much, more leave the cache
_ROWS = 2048  # pairs at once
_FAR = 1e200  # where no pair blends into


class Blocks:
    """A density of N x N level cells, in blocks of as many."""

    def __init__(self, masses: CellMasses) -> None:
        share = masses.share.numpy()
        self.cells = len(share)
        self.count = _BLOCKS if self.cells % _BLOCKS == 0 else _BLOCKS // 2  # a side
        self._each = each = self.cells // self.count
        self.low = np.array(masses.low)[:, None]
        self.cell = np.array(masses.cell)[:, None]
        self.block = self.cell * each
        self.height = np.ascontiguousarray(share, np.float32)  # in mass of a cell
        square = share.reshape(self.count, each, self.count, each).swapaxes(1, 2)
        self.tiles = tiles = square.reshape(self.count**2, each**2)  # (blocks, cells of each)
        self.mass = tiles.sum(1).astype(np.float32)  # of each block, row by row
        self.bound = tiles.max(1).reshape(self.count, self.count).astype(np.float32)
        tables = zip(*map(_table, tiles), strict=True)
        self._share, self._alias = (np.stack(part) for part in tables)
        row, column = np.divmod(np.arange(each**2), each)
        self._within = np.stack([column, row])[:, None] + 0.5  # of a block, in cells

    def within(self, block: Ints, rng: Dice) -> Floats:
        """A place (2, n) in each of the blocks, by their density."""
        u, *place = rng.uniform(3, len(block))
        k = pick_each(self._share, self._alias, block, u)
        cell = self._corner(block) + np.stack([k % self._each, k // self._each])
        places: Floats = self.low + (cell + np.stack(place)) * self.cell
        return places

    def middles(self, blocks: Ints) -> Floats:
        """Middles (2, B, cells) of all cells of some blocks (B,)."""
        cells = self._corner(blocks)[..., None] + self._within
        places: Floats = self.low[..., None] + cells * self.cell[..., None]
        return places

    def _corner(self, blocks: Ints) -> Ints:
        """Column and row (2, n) of the first cells of blocks."""
        corner: Ints = np.stack([blocks % self.count, blocks // self.count]) * self._each
        return corner

    def at(self, u: Floats) -> Singles:
        """The density (n,) at points (2, n); 0 off the grid."""
        cell = np.floor((u - self.low) / self.cell)
        inside = ((cell >= 0) & (cell < self.cells)).all(0)
        column, row = np.where(inside, cell, 0).astype(np.int64)
        return np.where(inside, self.height[row, column], 0)


class Levels:
    """An end whose density is read from its cells, where its own is dear or not known."""

    flat = False

    def __init__(self, law: Distribution) -> None:
        self._law, self._blocks = law, blocks_of(law)
        self._top = float(self._blocks.height.max())
        self.peak = self._top / float(self._blocks.cell.prod())

    def sample(self, n: int, rng: Dice) -> Floats:
        """Samples (2, n), not of the cells but of the law."""
        return sampled(self._law, n, rng)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        shares: Floats = self._blocks.at(x) / self._top
        return shares


def _table(mass: Floats) -> tuple[Floats, Ints]:
    some = np.flatnonzero(mass)
    if not len(some):
        return np.ones_like(mass), np.arange(len(mass))
    return alias_table(mass)


class CellPairs:
    """Pairs of two densities on grids of as many cells."""

    def __init__(
        self,
        source: Distribution,
        target: Distribution,
        path: Interpolant = LINEAR,
        cells: int = CELLS,
    ) -> None:
        self._ends, self._path = (blocks_of(source, cells), blocks_of(target, cells)), path
        self.note = f"nearly exact, on {cells} × {cells} cells"

    def draw(self, x: Floats, t: float, rng: Dice) -> Drawn:
        """One pair for each x (2, n); NaN where none was found."""
        x0, x1 = self.several(x, t, 1, rng, exhaustive=False)
        return Drawn(x0[..., 0], x1[..., 0], float(x.shape[1]))

    def several(
        self, x: Floats, t: float, n: int, rng: Dice, gamma: float = 0.0, exhaustive: bool = True
    ) -> tuple[Floats, Floats]:
        """n pairs for each x (2, m), two (2, m, n); NaN where no pair blends into it.

        Latent noise, of deviation `gamma`, must be too little for cells to resolve. Where the
        search is not exhaustive a few points may find none of their pairs.
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
        rng: Dice,
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
    """y in proportion to f(y) g((x - b y) / a), for points x (2, m)."""

    def __init__(self, x: Floats, f: Blocks, g: Blocks, a: float, b: float) -> None:
        self._x, self._f, self._g, self._a, self._b = x, f, g, a, b
        self._bounds, self._cumulative = _reached(x, f, g, a, b)

    def draw(self, n: int, rng: Dice, few: int | None) -> Floats:
        """n for each point, (2, m, n); NaN where none were found.

        By proposals where few are wanted of each point; through all cells in reach for whom they
        are in vain (at most `few` points) or many are wanted.
        """
        count = self._x.shape[1]
        y = np.full((2, count * n), np.nan)
        left = np.flatnonzero(np.repeat(self._cumulative[:, -1].numpy() > 0, n))
        if n < _MANY:
            left = self._by_proposals(y, left, n, rng)
        for point in np.unique(left // n)[:few]:
            rows = left[left // n == point]
            y[:, rows] = self._among_all(point, len(rows), rng)
        return y.reshape(2, count, n)

    def _by_proposals(self, y: Floats, left: Ints, n: int, rng: Dice) -> Ints:
        """Fill some of the columns (k,) of y that are left, and tell which still are."""
        for number in range(_ROUNDS):
            if len(left) <= (_FEW if number >= _FIRST_ROUNDS else 0):
                break
            wish = max(_FIRST << 2 * number, _LEAST // len(left))
            each = max(1, min(wish, _ROOM // len(left)))
            cumulative = self._cumulative
            if len(left) < y.shape[1] or n > 1:
                cumulative = cumulative[left // n]
            u = torch.from_numpy(rng.uniform(len(left), each))
            block: Ints = by_cumulative(cumulative, u).reshape(-1).numpy()
            rows = np.repeat(left, each)
            places = self._f.within(block, rng)
            kept = rng.uniform(len(rows)) * self._bounds[rows // n, block] < self._there(
                self._x[:, rows // n], places
            )
            y[:, rows[kept][::-1]] = places[:, kept][:, ::-1]  # the first of each is written last
            left = left[np.isnan(y[0, left])]
        return left

    def _among_all(self, point: int, n: int, rng: Dice) -> Floats:
        """y (2, n) for one of the points by all cells of the blocks in reach; or NaN."""
        blocks = np.flatnonzero(self._bounds[point])
        middles = self._f.middles(blocks).reshape(2, -1)
        there = self._there(self._x[:, point, None], middles)
        cumulative: Floats = np.cumsum(self._f.tiles[blocks].ravel() * there)
        if not (len(cumulative) and cumulative[-1] > 0):
            return np.full((2, n), np.nan)
        u, *place = rng.uniform(3, n)
        cell = by_cumulative_numpy(cumulative, u)
        found: Floats = middles[:, cell] + (np.stack(place) - 0.5) * self._f.cell
        return found

    def _there(self, x: Floats, y: Floats) -> Singles:
        """Density (n,) of the other end where y (2, n) leaves it."""
        return self._g.at((x - self._b * y) / self._a)


def _reached(x: Floats, f: Blocks, g: Blocks, a: float, b: float) -> tuple[Singles, Tensor]:
    """Bounds of g over what each block of f can reach, and running sums of mass times bound.

    Both (n, blocks). A block of f reaches a box of (x - b y) / a, which lies in so many blocks of
    g; `window` is the largest of those bounds.
    """
    steps = np.arange(f.count)[:, None] + (b * a > 0)  # ends of blocks of f that reach lowest
    first, window = [], g.bound
    for axis in (0, 1):
        wide = abs(b * f.block[axis, 0] / (a * g.block[axis, 0]))  # of the box, in blocks
        window, pad = _highest(window, math.ceil(wide) + 1, 1 - axis)
        low = (x[axis] - b * (f.low[axis] + steps * f.block[axis])) / a
        index = np.floor((low - g.low[axis]) / g.block[axis])
        first.append(np.clip(index + pad, 0, window.shape[1 - axis] - 1).astype(np.int64).T)
    flat = first[1][:, :, None] * window.shape[1] + first[0][:, None, :]
    bounds = window.reshape(-1).take(flat.reshape(len(flat), -1), mode="clip")
    return bounds, torch.from_numpy(bounds * f.mass).cumsum(1)


def _highest(bound: Singles, width: int, axis: int) -> tuple[Singles, int]:
    """The largest of `width` in a row, from each place on, and how many places are before 0.

    At both ends it is 0, where none of them are on the grid.
    """
    width = min(width, bound.shape[axis] + 1)
    pads = [(0, 0), (0, 0)]
    pads[axis] = (width, 2 * width)
    padded = np.moveaxis(np.pad(bound, pads), axis, 0)
    count = len(padded) - width + 1
    highest = np.maximum.reduce([padded[k : k + count] for k in range(width)])
    return np.ascontiguousarray(np.moveaxis(highest, 0, axis)), width


def blocks_of(law: Distribution, cells: int = CELLS) -> Blocks:
    """The density of a distribution on so many cells a side."""
    return _blocks_of(law, cells)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _blocks_of(law: Distribution, cells: int) -> Blocks:
    return Blocks(masses_of(law, cells))  # type: ignore[arg-type]
