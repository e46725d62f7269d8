"""Density, posterior means and score on grids at several times, interpolated in space and time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.bilinear_torch import read
from flowlab.core.exact.time_slice import FAINT, Endpoints, FieldValues, TimeSlice

_FINER = 1.5  # table cells per cell of the resolution
_BLOCK = 1 << 14  # points at once


@dataclass(frozen=True, eq=False)
class TimeTables:
    """Tables at ascending times, each over the box of its own t; a single one for its t alone.

    A row holds the density times (1, E[x0 | x], E[x1 | x], score), so that interpolated means are
    weighted by density, and empty places don't count. Positions are relative to the boxes, which
    move and grow from one table to the next.
    """

    ends: Endpoints
    times: Tensor  # (T,)
    tables: Tensor  # (T, side * side, 7), float32
    centres: Tensor  # (T, 2)
    sizes: Tensor  # (T, 2)
    side: int

    @classmethod
    def of(cls, slices: list[TimeSlice]) -> TimeTables:
        """Tables of time slices, in order of time."""
        side = round(2 * slices[0].modes * _FINER)
        return cls(
            slices[0].ends,
            torch.stack([time_slice.time for time_slice in slices]),
            torch.stack([_table(time_slice, side) for time_slice in slices]),
            torch.stack([time_slice.centre for time_slice in slices]),
            torch.stack([time_slice.size for time_slice in slices]),
            side,
        )

    def at_points(self, x: Tensor, t: Tensor) -> FieldValues:
        """Field values at points (n, 2) and times (n,), or (1,) for a single table."""
        t = t.expand(len(x))
        blocks = zip(torch.split(x, _BLOCK), torch.split(t, _BLOCK), strict=True)
        return FieldValues.joined([self._at_points(*block) for block in blocks])

    def _at_points(self, x: Tensor, t: Tensor) -> FieldValues:
        k, late = self._between(t)
        centre = torch.lerp(self.centres[k], self.centres[self._after(k)], late[:, None])
        size = torch.lerp(self.sizes[k], self.sizes[self._after(k)], late[:, None])
        position = (x - centre) / size  # in [-1/2, 1/2]
        rows = self._read(k, position)
        if len(self.times) > 1:
            rows = torch.lerp(rows, self._read(k + 1, position), late[:, None])
        inside = (rows[:, 0] > FAINT) & (position.abs() <= 0.5).all(1)
        density = torch.where(inside, rows[:, 0], 0.0)
        positive_density = torch.where(inside, density, math.nan)[:, None]
        mean0, mean1, score = torch.split(rows[:, 1:] / positive_density, 2, 1)
        area = size.prod(1)
        values = FieldValues(density / area, mean0, mean1, score / size, inside)
        return self.ends.solve_larger_end(values, x, t[:, None])

    def _between(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The table before each time, and the fraction of the way to the next."""
        if len(self.times) == 1:
            return torch.zeros_like(t, dtype=torch.long), torch.zeros_like(t)
        k = (torch.searchsorted(self.times, t, right=True) - 1).clamp(0, len(self.times) - 2)
        return k, (t - self.times[k]) / (self.times[k + 1] - self.times[k])

    def _after(self, k: Tensor) -> Tensor:
        return (k + 1).clamp(max=len(self.times) - 1)

    def _read(self, k: Tensor, position: Tensor) -> Tensor:
        """Rows (n, 7) of tables k (n,), interpolated bilinearly, float64."""
        at = (position.nan_to_num(0) + 0.5) * self.side - 0.5
        tables = self.tables.reshape(-1, self.side, self.side, self.tables.shape[-1])
        return read(tables, at[:, 0], at[:, 1], k)


def _table(time_slice: TimeSlice, side: int) -> Tensor:
    ticks = (torch.arange(side, dtype=torch.float64) + 0.5) / side - 0.5
    x, y = (time_slice.centre[i] + ticks * time_slice.size[i] for i in (0, 1))
    values = time_slice.on_ticks(x, y)
    parts = [values.mean0, values.mean1, values.score * time_slice.size]
    mass = (values.density * values.inside * float(time_slice.size.prod()))[..., None]
    rows = torch.cat([torch.ones_like(mass), *parts], -1).nan_to_num(0.0) * mass
    return rows.reshape(side * side, 7).float()
