"""Densities on grids of level cells, in blocks: drawn from within a block, and read."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints, Singles
from flowlab.core.distributions.categorical import alias_table, pick_each
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.cell_masses import CellMasses, masses_of
from flowlab.core.exact.posterior.ends import sampled
from flowlab.core.exact.posterior.interfaces import Generators

CELLS = 256  # a side: those of the grid oracle
_BLOCKS = 8  # a side, or 4 where that does not divide the cells


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
        tiles = square.reshape(self.count**2, each**2)  # (blocks, cells of each)
        self.mass = tiles.sum(1).astype(np.float32)  # of each block, row by row
        self.bound = tiles.max(1).reshape(self.count, self.count).astype(np.float32)
        tables = zip(*map(_table, tiles), strict=True)
        self._share, self._alias = (np.stack(part) for part in tables)
        middles = self.low + (np.arange(self.cells) + 0.5) * self.cell
        self.xs, self.ys = middles  # of columns and of rows

    def within(self, block: Ints, rng: Generators) -> Floats:
        """A place (2, n) in each of the blocks, by their density."""
        u, *place = rng.uniform(3, len(block))
        k = pick_each(self._share, self._alias, block, u)
        cell = self._corner(block) + np.stack([k % self._each, k // self._each])
        places: Floats = self.low + (cell + np.stack(place)) * self.cell
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

    def on_lattice(self, xs: Floats, ys: Floats) -> Singles:
        """The density (len(ys), len(xs)) at the crossings of ticks."""
        column, row = (
            np.clip(np.floor((ticks - low) / cell), -1, self.cells).astype(np.int64)
            for ticks, low, cell in zip((xs, ys), self.low[:, 0], self.cell[:, 0], strict=True)
        )
        values: Singles = self.height.take(row, axis=0, mode="clip").take(
            column, axis=1, mode="clip"
        )
        values[(row < 0) | (row == self.cells)] = 0
        values[:, (column < 0) | (column == self.cells)] = 0
        return values


class Levels:
    """An end whose density is read from its cells, where its own is dear or not known."""

    flat = False

    def __init__(self, law: Distribution) -> None:
        self._law, self._blocks = law, blocks_of(law)
        self._top = float(self._blocks.height.max())
        self.peak = self._top / float(self._blocks.cell.prod())

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n), not of the cells but of the law."""
        return sampled(self._law, n, rng)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        shares: Floats = self._blocks.at(x) / self._top
        return shares


def _table(mass: Doubles) -> tuple[Doubles, Ints]:
    some = np.flatnonzero(mass)
    if not len(some):
        return np.ones_like(mass), np.arange(len(mass))
    return alias_table(mass)


def blocks_of(law: Distribution, cells: int = CELLS) -> Blocks:
    """The density of a distribution on so many cells a side."""
    return _blocks_of(law, cells)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _blocks_of(law: Distribution, cells: int) -> Blocks:
    return Blocks(masses_of(law, cells))  # type: ignore[arg-type]
