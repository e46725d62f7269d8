"""Deblending between densities on grids: any two distributions, as fine as their cells.

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

from flowlab.core.blending.ends import sampled
from flowlab.core.blending.faces import Dice, Drawn, Floats, in_order
from flowlab.core.distributions.categorical import (
    Ints,
    alias_table,
    by_cumulative,
    by_cumulative_numpy,
    pick_each,
)
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.cell_masses import CellMasses, masses_of

Singles = np.ndarray[Any, np.dtype[np.float32]]

CELLS = 256  # a side: those of the grid oracle
_BLOCKS = 8  # a side
_EACH = CELLS // _BLOCKS  # cells of a block, a side
_ROUNDS = 24
_FIRST_ROUNDS = 5  # of which so many for everybody
_FEW = 8  # points that are left for whom all cells in reach are looked through
_FIRST = 4  # proposals for each point in the first round, at most; then four times as many
_LEAST, _ROOM = 1 << 9, 1 << 11  # proposals at once: fewer cost as much, more leave the cache
_ROWS = 2048  # points at once


class Blocks:
    """A density of 256 x 256 level cells, in 8 x 8 blocks."""

    def __init__(self, masses: CellMasses) -> None:
        share = masses.share.numpy()
        self.low = np.array(masses.low)[:, None]
        self.cell = np.array(masses.cell)[:, None]
        self.block = self.cell * _EACH
        self.height = np.ascontiguousarray(share, np.float32)  # in mass of a cell
        square = share.reshape(_BLOCKS, _EACH, _BLOCKS, _EACH).swapaxes(1, 2)
        tiles = square.reshape(_BLOCKS * _BLOCKS, _EACH * _EACH)
        self.mass = tiles.sum(1).astype(np.float32)  # of each block, row by row
        self.bound = tiles.max(1).reshape(_BLOCKS, _BLOCKS).astype(np.float32)
        tables = zip(*map(_table, tiles), strict=True)
        self._share, self._alias = (np.stack(part) for part in tables)
        self.tiles = tiles  # (blocks, cells of each)
        row, column = np.divmod(np.arange(_EACH * _EACH), _EACH)
        self._within = np.stack([column, row])[:, None] + 0.5  # of a block, in cells

    def within(self, block: Ints, dice: Dice) -> Floats:
        """A place (2, n) in each of the blocks, by their density."""
        u, *place = dice.uniform(3, len(block))
        k = pick_each(self._share, self._alias, block, u)
        corner = np.stack([block % _BLOCKS, block // _BLOCKS]) * _EACH
        cell = corner + np.stack([k % _EACH, k // _EACH])
        places: Floats = self.low + (cell + np.stack(place)) * self.cell
        return places

    def middles(self, blocks: Ints) -> Floats:
        """Middles (2, B, cells) of all cells of some blocks (B,)."""
        corner = np.stack([blocks % _BLOCKS, blocks // _BLOCKS])[..., None] * _EACH
        places: Floats = self.low[..., None] + (corner + self._within) * self.cell[..., None]
        return places

    def at(self, u: Floats) -> Singles:
        """The density (n,) at points (2, n); 0 off the grid."""
        cell = np.floor((u - self.low) / self.cell)
        inside = ((cell >= 0) & (cell < CELLS)).all(0)
        column, row = np.where(inside, cell, 0).astype(np.int64)
        return np.where(inside, self.height[row, column], 0)


class Levels:
    """An end whose density is read from its cells, where its own is dear or not known."""

    flat = False

    def __init__(self, law: Distribution) -> None:
        self._law, self._blocks = law, _blocks_of(law)  # type: ignore[arg-type]
        self._top = float(self._blocks.height.max())
        self.peak = self._top / float(self._blocks.cell.prod())

    def sample(self, n: int, dice: Dice) -> Floats:
        """Samples (2, n), not of the cells but of the law."""
        return sampled(self._law, n, dice)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        shares: Floats = self._blocks.at(x) / self._top
        return shares


def _table(mass: Floats) -> tuple[Floats, Ints]:
    some = np.flatnonzero(mass)
    if not len(some):
        return np.ones_like(mass), np.arange(len(mass))
    return alias_table(mass)


class GriddedDeblender:
    """Pairs of two densities on grids."""

    keeps = True  # after many proposals in vain: the present pair has the same law

    def __init__(self, source: Distribution, target: Distribution) -> None:
        self._laws = source, target
        self._ends = tuple(_blocks_of(law) for law in self._laws)  # type: ignore[arg-type]
        self.note = f"nearly exact, on {CELLS} × {CELLS} cells"

    def sources(self, n: int, dice: Dice) -> Floats:
        """x0 (2, n) ~ p0."""
        return sampled(self._laws[0], n, dice)

    def targets(self, n: int, dice: Dice) -> Floats:
        """x1 (2, n) ~ p1."""
        return sampled(self._laws[1], n, dice)

    def draw(self, x: Floats, alpha: float, dice: Dice) -> Drawn:
        """One pair for each x (2, n); NaN where none was found."""
        if not x.shape[1]:
            return Drawn(x.copy(), x.copy())
        parts = [
            self._draw(x[:, first : first + _ROWS], alpha, dice)
            for first in range(0, x.shape[1], _ROWS)
        ]
        x0, x1 = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
        return Drawn(x0, x1, float(x.shape[1]))

    def _draw(self, x: Floats, alpha: float, dice: Dice) -> tuple[Floats, Floats]:
        sizes = [
            share * math.sqrt(float(end.block.prod()))
            for share, end in zip((1 - alpha, alpha), self._ends, strict=True)
        ]
        from_target = sizes[1] < sizes[0]
        drawn, solved = self._ends[::-1] if from_target else self._ends
        a, b = (1 - alpha, alpha) if from_target else (alpha, 1 - alpha)
        y = _given(x, drawn, solved, a, b, dice)
        return in_order(y, (x - b * y) / a, from_target)


def _given(x: Floats, f: Blocks, g: Blocks, a: float, b: float, dice: Dice) -> Floats:
    """y (2, n) in proportion to f(y) g((x - b y) / a); NaN where none was found."""
    bounds, upto = _reached(x, f, g, a, b)
    y = np.full_like(x, np.nan)
    left = np.flatnonzero(upto[:, -1].numpy() > 0)
    for number in range(_ROUNDS):
        if len(left) <= (_FEW if number >= _FIRST_ROUNDS else 0):
            break
        wish = max(_FIRST << 2 * number, _LEAST // len(left))
        each = max(1, min(wish, _ROOM // len(left)))
        some = upto if len(left) == len(upto) else upto[left]
        u = torch.from_numpy(dice.uniform(len(left), each))
        block: Ints = by_cumulative(some, u).reshape(-1).numpy()
        rows = np.repeat(left, each)
        places = f.within(block, dice)
        bound = bounds[rows, block]
        kept = dice.uniform(len(rows)) * bound < g.at((x[:, rows] - b * places) / a)
        y[:, rows[kept][::-1]] = places[:, kept][:, ::-1]  # the first of each is written last
        left = left[np.isnan(y[0, left])]
    for row in left[:_FEW]:
        y[:, row] = _among_all(x[:, row, None], np.flatnonzero(bounds[row]), f, g, a, b, dice)
    return y


def _among_all(
    x: Floats, blocks: Ints, f: Blocks, g: Blocks, a: float, b: float, dice: Dice
) -> Floats:
    """y (2,) for one x (2, 1) by all cells of some blocks, where proposals are in vain; or NaN."""
    middles = f.middles(blocks).reshape(2, -1)
    upto: Floats = np.cumsum(f.tiles[blocks].ravel() * g.at((x - b * middles) / a))
    if not (len(upto) and upto[-1] > 0):
        return np.full(2, np.nan)
    u, *place = dice.uniform(3)
    cell = int(by_cumulative_numpy(upto, u))
    found: Floats = middles[:, cell] + (np.array(place) - 0.5) * f.cell[:, 0]
    return found


def _reached(x: Floats, f: Blocks, g: Blocks, a: float, b: float) -> tuple[Singles, Tensor]:
    """Bounds of g over what each block of f can reach, and running sums of mass times bound.

    Both (n, blocks). A block of f reaches a box of (x - b y) / a, which lies in so many blocks of
    g; `window` is the largest of those bounds.
    """
    steps = np.arange(_BLOCKS)[:, None]  # blocks of f along an axis
    first, window = [], g.bound
    for axis in (0, 1):
        wide = b * f.block[axis, 0] / (a * g.block[axis, 0])  # of the box, in blocks
        window, pad = _highest(window, math.ceil(wide) + 1, 1 - axis)
        low = (x[axis] - b * (f.low[axis] + (steps + 1) * f.block[axis])) / a
        index = np.floor((low - g.low[axis]) / g.block[axis])
        first.append(np.clip(index + pad, 0, window.shape[1 - axis] - 1).astype(np.int64).T)
    flat = first[1][:, :, None] * window.shape[1] + first[0][:, None, :]
    bounds = window.reshape(-1).take(flat.reshape(len(flat), -1), mode="clip")
    return bounds, torch.from_numpy(bounds * f.mass).cumsum(1)


def _highest(bound: Singles, width: int, axis: int) -> tuple[Singles, int]:
    """The largest of `width` in a row, from each place on, and how many places are before 0.

    At both ends it is 0, where none of them are on the grid.
    """
    width = min(width, _BLOCKS + 1)
    pads = [(0, 0), (0, 0)]
    pads[axis] = (width, 2 * width)
    padded = np.moveaxis(np.pad(bound, pads), axis, 0)
    count = len(padded) - width + 1
    highest = np.maximum.reduce([padded[k : k + count] for k in range(width)])
    return np.ascontiguousarray(np.moveaxis(highest, 0, axis)), width


@lru_cache(maxsize=8)
def _blocks_of(law: Distribution) -> Blocks:
    return Blocks(masses_of(law, CELLS))  # type: ignore[arg-type]
