"""Straight walls: the edges of rings, and which of them are near a place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.results import NearestWall

LISTED = 16  # edges that a cell lists, nearest first
FINE = 256  # cells along each side of the grid of distances
_BLOCK = 1 << 21  # pairs of cells and edges at once


def box_of(rings: Sequence[Doubles]) -> tuple[float, float, float, float]:
    """The smallest box around rings."""
    points = np.concatenate(rings)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


class Walls:
    """The edges of rings, with the domain to the left of each."""

    def __init__(self, rings: Sequence[Doubles], rooms: Sequence[int], slack: float) -> None:
        """`rooms` says to which room each ring belongs."""
        self.rings, self.slack = tuple(rings), slack
        self.start = np.concatenate(rings)
        along = np.concatenate([np.roll(ring, -1, axis=0) - ring for ring in rings])
        self.length = np.hypot(along[:, 0], along[:, 1])
        self.tangent = along / self.length[:, None]
        self.normal = np.stack([-self.tangent[:, 1], self.tangent[:, 0]], axis=1)
        self.next = np.concatenate(_successors([len(ring) for ring in rings]))
        self.arc = np.concatenate([[0.0], np.cumsum(self.length)[:-1]])  # where each edge begins
        self.room = np.repeat(rooms, [len(ring) for ring in rings])
        self.columns = np.vstack([self.start.T, self.tangent.T, self.length])
        self.corner_normal = self._corner_normals()

    def _corner_normals(self) -> Doubles:
        """The sum of the normals of the two edges at each start, which tells inside there."""
        total = self.normal.copy()
        total[self.next] += self.normal
        size = np.hypot(total[:, 0], total[:, 1])[:, None]
        return np.where(size > 1e-12, total / np.maximum(size, 1e-12), self.normal)

    @cached_property
    def near(self) -> NearLists:
        """The edges near each place, found when they are first asked for."""
        return NearLists(self)

    @cached_property
    def clearance(self) -> Clearance:
        """How far the walls are at least from each place, found when it is first asked for."""
        return Clearance(self)

    @cached_property
    def _tree(self):  # type: ignore[no-untyped-def]  # shapely has no types
        import shapely

        ends = self.start + self.length[:, None] * self.tangent
        return shapely.STRtree(shapely.linestrings(np.stack([self.start, ends], axis=1)))

    def nearest(self, x: Doubles) -> NearestWall:
        """The signed distance to the walls of points (n, 2), with its gradient and foot."""
        edge = self.nearest_edge(x)
        along, away = self._foot(x, edge)
        foot = x - away
        normal = self._facing(edge, along)
        size = np.hypot(away[:, 0], away[:, 1])
        distance = np.where((away * normal).sum(axis=1) < 0, -size, size)
        clear = size > self.slack
        gradient = away / np.where(clear, distance, 1.0)[:, None]
        return NearestWall(distance, np.where(clear[:, None], gradient, normal), foot)

    def beyond(self, x: Doubles) -> tuple[Ints, NearestWall]:
        """Which points (n, 2) lie outside, and the walls nearest to those."""
        unsure = np.flatnonzero(self.clearance.unsure[self.clearance.cell(x[:, 0], x[:, 1])])
        near = self.nearest(x[unsure])
        out = near.distance < 0
        return unsure[out], NearestWall(near.distance[out], near.normal[out], near.foot[out])

    def outside(self, x: Doubles, slack: float) -> Bools:
        """True (n,) for points (n, 2) further beyond the walls than a slack."""
        cell = self.clearance.cell(x[:, 0], x[:, 1])
        out = self.clearance.most[cell] < -slack
        unsure = np.flatnonzero(self.clearance.unsure[cell] & ~out)
        out[unsure] = self.nearest(x[unsure]).distance < -slack
        return out

    def _foot(self, x: Doubles, edge: Ints) -> tuple[Doubles, Doubles]:
        """Where along its edge (n,) the wall is nearest, and the vectors (n, 2) from there to x."""
        away, tangent = x - self.start[edge], self.tangent[edge]
        along = np.clip((away * tangent).sum(axis=1), 0.0, self.length[edge])
        return along, away - along[:, None] * tangent

    def _facing(self, edge: Ints, along: Doubles) -> Doubles:
        """The inward direction (n, 2) at places of edges; at corners the mean of two edges."""
        normal = np.where((along <= 0)[:, None], self.corner_normal[edge], self.normal[edge])
        last = along >= self.length[edge]
        return np.where(last[:, None], self.corner_normal[self.next[edge]], normal)

    def nearest_edge(self, x: Doubles) -> Ints:
        """The edge (n,) nearest to each point (n, 2)."""
        import shapely

        edge, sure = self.near.nearest(x)
        rest = np.flatnonzero(~sure)
        if len(rest):
            edge[rest] = self._tree.nearest(shapely.points(x[rest]))
        return edge

    def distances(self, x: Doubles, edge: Ints) -> Doubles:
        """The distance of each point (n, 2) to its edge (n,)."""
        away = self._foot(x, edge)[1]
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))


def _successors(counts: Sequence[int]) -> list[Ints]:
    """The number of the edge that follows each, ring by ring."""
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
    return [np.roll(np.arange(k, k + n), -1) for k, n in zip(first, counts, strict=True)]


class Squares:
    """Square cells over the walls, a little wider than they are."""

    def __init__(self, walls: Walls, count: int) -> None:
        x0, y0, x1, y1 = box_of(walls.rings)
        self.margin = 1e-3 * max(x1 - x0, y1 - y0)
        self.count, self.side = count, (max(x1 - x0, y1 - y0) + 2 * self.margin) / count
        self.x0, self.y0 = x0 - self.margin, y0 - self.margin
        self.radius = self.side * np.sqrt(0.5) * (1 + 1e-9)  # of the circle around a cell

    def centers(self) -> Doubles:
        """The centres (count * count, 2), row by row."""
        middle = (np.arange(self.count) + 0.5) * self.side
        x, y = np.meshgrid(self.x0 + middle, self.y0 + middle)
        return np.stack([x.ravel(), y.ravel()], axis=1)

    def cell(self, x: Doubles, y: Doubles, border: int = 0) -> Ints:
        """The cell (n,) of each point; the border, or the last cell, for points beyond."""
        count, last = self.count + 2 * border, self.count + 2 * border - 1
        column = (x - self.x0) * (1 / self.side) + border
        row = (y - self.y0) * (1 / self.side) + border
        np.clip(column, 0, last, out=column)
        np.clip(row, 0, last, out=row)
        return row.astype(np.intp) * count + column.astype(np.intp)

    def covers(self, x: Doubles) -> Bools:
        """True (n,) for points that have a cell."""
        end = self.count * self.side
        column, row = x[:, 0] - self.x0, x[:, 1] - self.y0
        return (column >= 0) & (column < end) & (row >= 0) & (row < end)


class NearLists:
    """For each cell its nearest edges in order, with how near they can be at any of its points."""

    def __init__(self, walls: Walls) -> None:
        self.walls = walls
        self.squares = Squares(walls, 128 if len(walls.start) <= 128 else 64)
        self.count = min(LISTED, len(walls.start))
        centers = self.squares.centers()
        rows = max(1, _BLOCK // len(walls.start))
        parts = [self._list(centers[k : k + rows]) for k in range(0, len(centers), rows)]
        self.edge = np.concatenate([edge for edge, _ in parts], axis=1)  # (count, cells)
        self.bound = np.concatenate([bound for _, bound in parts], axis=1)  # (count + 1, cells)

    def _list(self, centers: Doubles) -> tuple[Ints, Doubles]:
        walls, count = self.walls, self.count
        x, y = (centers[:, i, None] - walls.start[:, i] for i in (0, 1))
        along = np.clip(x * walls.tangent[:, 0] + y * walls.tangent[:, 1], 0.0, walls.length)
        distance = np.hypot(x - along * walls.tangent[:, 0], y - along * walls.tangent[:, 1])
        bound = np.maximum(distance - self.squares.radius, 0.0)
        if bound.shape[1] == count:  # nothing is left out
            bound = np.column_stack([bound, np.full(len(bound), np.inf)])
            distance = np.column_stack([distance, np.full(len(bound), np.inf)])
        order = np.argpartition(distance, count, axis=1)[:, : count + 1]
        kept = np.take_along_axis(distance, order, axis=1)
        order = np.take_along_axis(order, kept.argsort(axis=1), axis=1)
        return order[:, :count].T, np.take_along_axis(bound, order, axis=1).T

    def nearest(self, x: Doubles) -> tuple[Ints, Bools]:
        """The nearest listed edge (n,) of points (n, 2), and whether none is nearer (n,)."""
        cell = self.squares.cell(x[:, 0], x[:, 1])
        edge, best = self.edge[0][cell], np.full(len(x), np.inf)
        look = np.arange(len(x))
        for k in range(self.count):
            look = look[self.bound[k][cell[look]] < best[look]]
            if not len(look):
                break
            candidate = self.edge[k][cell[look]]
            distance = self.walls.distances(x[look], candidate)
            better = distance < best[look]
            edge[look[better]], best[look[better]] = candidate[better], distance[better]
        return edge, (best <= self.bound[self.count][cell]) & self.squares.covers(x)


class Clearance:
    """For each fine cell the least distance to the walls from any of its points.

    A frame of cells around the grid stands for everything beyond.
    """

    def __init__(self, walls: Walls) -> None:
        self.squares = Squares(walls, FINE)
        distance = walls.nearest(self.squares.centers()).distance.reshape(FINE, FINE)
        least = np.pad(distance - self.squares.radius, 1, constant_values=-1.0).ravel()
        self.unsure = least <= 0  # a wall may pass, or the cell lies outside
        most, beyond = distance + self.squares.radius, -self.squares.margin
        self.most = np.pad(most, 1, constant_values=beyond).ravel()
        self.square = np.where(self.unsure, -1.0, least**2)

    def cell(self, x: Doubles, y: Doubles) -> Ints:
        """The cell (n,) of each point."""
        return self.squares.cell(x, y, border=1)
