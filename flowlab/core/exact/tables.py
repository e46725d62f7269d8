"""Moments of a path as tables on grids, and reading them between places and between times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.bilinear_torch import read
from flowlab.core.exact.time_slice import FAINT, Endpoints, FieldValues, Slice

_FINER = 1.5  # places of a table for each cell that is told apart
_BLOCK = 1 << 14  # points read at once


@dataclass(frozen=True, eq=False)
class Sheets:
    """Tables at rising times, each over the box of its own t; a single one for its t alone.

    A row holds the density times (1, E[x0 | x], E[x1 | x], score): averages of rows keep the
    means right, and where there is no density nothing counts. Times and sizes are in units of the
    boxes, which move and grow from one table to the next.
    """

    ends: Endpoints
    times: Tensor  # (T,)
    tables: Tensor  # (T, side * side, 7), float32
    centres: Tensor  # (T, 2)
    sizes: Tensor  # (T, 2)
    side: int

    @classmethod
    def of(cls, slices: list[Slice]) -> Sheets:
        """Tables of slices, in order of time."""
        side = round(2 * slices[0].modes * _FINER)
        return cls(
            slices[0].ends,
            torch.stack([now.time for now in slices]),
            torch.stack([_table(now, side) for now in slices]),
            torch.stack([now.centre for now in slices]),
            torch.stack([now.size for now in slices]),
            side,
        )

    def known(self, x: Tensor, t: Tensor) -> FieldValues:
        """What is known at points (n, 2) at times (n,), or (1,) where there is a single table."""
        t = t.expand(len(x))
        blocks = zip(torch.split(x, _BLOCK), torch.split(t, _BLOCK), strict=True)
        return FieldValues.joined([self._known(*block) for block in blocks])

    def _known(self, x: Tensor, t: Tensor) -> FieldValues:
        k, late = self._between(t)
        centre = torch.lerp(self.centres[k], self.centres[self._after(k)], late[:, None])
        size = torch.lerp(self.sizes[k], self.sizes[self._after(k)], late[:, None])
        place = (x - centre) / size  # within -1/2 and 1/2
        rows = self._read(k, place)
        if len(self.times) > 1:
            rows = torch.lerp(rows, self._read(k + 1, place), late[:, None])
        inside = (rows[:, 0] > FAINT) & (place.abs() <= 0.5).all(1)
        density = torch.where(inside, rows[:, 0], 0.0)
        some = torch.where(inside, density, math.nan)[:, None]
        mean0, mean1, score = torch.split(rows[:, 1:] / some, 2, 1)
        area = size.prod(1)
        known = FieldValues(density / area, mean0, mean1, score / size, inside)
        return self.ends.solved(known, x, t[:, None])

    def _between(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The table before each time, and how far on it is to the next."""
        if len(self.times) == 1:
            return torch.zeros_like(t, dtype=torch.long), torch.zeros_like(t)
        k = (torch.searchsorted(self.times, t, right=True) - 1).clamp(0, len(self.times) - 2)
        return k, (t - self.times[k]) / (self.times[k + 1] - self.times[k])

    def _after(self, k: Tensor) -> Tensor:
        return (k + 1).clamp(max=len(self.times) - 1)

    def _read(self, k: Tensor, place: Tensor) -> Tensor:
        """Rows (n, 7) of tables k (n,) between their four nearest places, float64."""
        at = (place.nan_to_num(0) + 0.5) * self.side - 0.5
        tables = self.tables.reshape(-1, self.side, self.side, self.tables.shape[-1])
        return read(tables, at[:, 0], at[:, 1], k)


def _table(now: Slice, side: int) -> Tensor:
    ticks = (torch.arange(side, dtype=torch.float64) + 0.5) / side - 0.5
    x, y = (now.centre[i] + ticks * now.size[i] for i in (0, 1))
    known = now.known(x, y)
    parts = [known.mean0, known.mean1, known.score * now.size]
    mass = (known.density * known.inside * float(now.size.prod()))[..., None]
    rows = torch.cat([torch.ones_like(mass), *parts], -1).nan_to_num(0.0) * mass
    return rows.reshape(side * side, 7).float()
