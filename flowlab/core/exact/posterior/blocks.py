"""Piecewise constant densities on grids of cells, grouped in blocks for sampling."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Doubles, Floats, Ints, Singles
from flowlab.core.distributions.categorical import alias_table, sample_alias_tables
from flowlab.core.distributions.factory import Distribution
from flowlab.core.exact.cell_masses import CellMasses, masses_of
from flowlab.core.exact.posterior.ends import sampled
from flowlab.core.exact.posterior.interfaces import Generators

CELLS = 256  # per side, as in the grid oracle
_BLOCKS = 8  # per side, or 4 if 8 does not divide the cells


class Blocks:
    """A density on N x N cells, constant in each, grouped in blocks."""

    def __init__(self, masses: CellMasses) -> None:
        mass = masses.mass.numpy()
        self.cells = len(mass)
        self.count = _BLOCKS if self.cells % _BLOCKS == 0 else _BLOCKS // 2  # a side
        self._each = each = self.cells // self.count
        self.low = np.array(masses.low)[:, None]
        self.cell = np.array(masses.cell)[:, None]
        self.block = self.cell * each
        self.height = np.ascontiguousarray(mass, np.float32)  # in mass of a cell
        square = mass.reshape(self.count, each, self.count, each).swapaxes(1, 2)
        tiles = square.reshape(self.count**2, each**2)  # (blocks, cells of each)
        self.mass = tiles.sum(1).astype(np.float32)  # of each block, row by row
        self.bound = tiles.max(1).reshape(self.count, self.count).astype(np.float32)
        tables = zip(*map(_table, tiles), strict=True)
        self._share, self._alias = (np.stack(part) for part in tables)
        middles = self.low + (np.arange(self.cells) + 0.5) * self.cell
        self.xs, self.ys = middles  # of columns and of rows

    def within(self, block: Ints, rng: Generators) -> Floats:
        """A sample (2, n) from the density within each of the blocks (n,)."""
        u, *place = rng.uniform(3, len(block))
        k = sample_alias_tables(self._share, self._alias, block, u)
        cell = self._corner(block) + np.stack([k % self._each, k // self._each])
        places: Floats = self.low + (cell + np.stack(place)) * self.cell
        return places

    def _corner(self, blocks: Ints) -> Ints:
        """Column and row (2, n) of the first cell of each block."""
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


class GridEnd:
    """An end whose density is read from its cells, if its own is expensive or unknown."""

    flat = False

    def __init__(self, distribution: Distribution) -> None:
        self._distribution, self._blocks = distribution, blocks_of(distribution)
        self._top = float(self._blocks.height.max())
        self.peak = self._top / float(self._blocks.cell.prod())

    def sample(self, n: int, rng: Generators) -> Floats:
        """Samples (2, n) of the distribution itself, not of the cells."""
        return sampled(self._distribution, n, rng)

    def share(self, x: Floats) -> Floats:
        """p(x) / max p, (n,)."""
        shares: Floats = self._blocks.at(x) / self._top
        return shares


def _table(mass: Doubles) -> tuple[Doubles, Ints]:
    filled = np.flatnonzero(mass)
    if not len(filled):
        return np.ones_like(mass), np.arange(len(mass))
    return alias_table(mass)


def blocks_of(distribution: Distribution, cells: int = CELLS) -> Blocks:
    """The density of a distribution on `cells` x `cells` cells."""
    return _blocks_of(distribution, cells)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _blocks_of(distribution: Distribution, cells: int) -> Blocks:
    return Blocks(masses_of(distribution, cells))  # type: ignore[arg-type]
