"""The least eigenpairs of the Laplacian in several rooms: of each by itself, then in one order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.cut_cells import PADDING, CutCells, cut_cells
from flowlab.core.domains.kernels.eigenpairs import coarser, eigenpairs, grids_of
from flowlab.core.domains.kernels.grid_reading import GridReader
from flowlab.core.domains.kernels.shipped import shipped

_MORE = 10  # eigenpairs of a room beyond those that its area and its walls let expect


def pairs_on_grid(polygon: Any, modes: int, cells: int) -> tuple[GridReader, Doubles, Doubles]:
    """A grid over a shapely polygon, or several, with the least eigenvalues (modes,) on it, and
    eigenfunctions (k, modes).

    The first is the uniform one. Raises `Invalid` where the grid has fewer than two cells a mode.
    """
    import shapely

    parts = shapely.get_parts(polygon)
    if len(parts) == 1:
        known = shipped(parts[0], modes, cells)
        if known is not None:
            return GridReader(cut_cells(polygon, cells), polygon), *known
        grids = grids_of(polygon, modes, cells)
        return grids[-1], *eigenpairs(grids, modes)
    fine = cut_cells(polygon, cells)
    most = len(fine.volumes) // 2
    if modes > most:
        raise Invalid(f"A grid within the walls gives at most {most:,} harmonics, not {modes:,}.")
    rooms = [_Room(fine, k, part) for k, part in enumerate(parts) if (fine.room == k).any()]
    return GridReader(fine, polygon), *_in_order(fine, _complete(rooms, modes), modes)


class _Room:
    """One room, and the eigenpairs of it that are known."""

    def __init__(self, whole: CutCells, number: int, part: Any) -> None:
        self.cells, self._part = whole.of_room(number), part
        self.rows: Bools = whole.room == number
        self.share = float(self.cells.volumes.sum() / whole.volumes.sum())
        self.most = max(1, len(self.cells.volumes) // 2)
        self.values, self.functions = np.zeros(0), np.zeros((len(self.cells.volumes), 0))

    def find(self, count: float) -> None:
        """Find so many of the least eigenpairs, or all that the grid gives."""
        modes = min(math.ceil(count), self.most)
        side = max(self.cells.inside.shape) - 2 * PADDING
        self.values, self.functions = eigenpairs(
            coarser(self._part, self.cells, modes, side), modes
        )

    @property
    def known_to(self) -> float:
        """Below it there is no other eigenvalue on the grid."""
        return math.inf if len(self.values) == self.most else float(self.values[-1])


def _complete(rooms: list[_Room], modes: int) -> list[_Room]:
    """The rooms with all eigenpairs that are among the least of all of them."""
    for room in rooms:
        room.find(room.share * modes + 2 * math.sqrt(modes) + _MORE)
    while True:
        known = np.sort(np.concatenate([room.values for room in rooms]))
        last = known[min(modes, len(known)) - 1]
        short = [room for room in rooms if room.known_to < last or len(known) < modes]
        short = [room for room in short if len(room.values) < room.most]
        if not short:
            return rooms
        for room in short:
            room.find(2 * len(room.values))


def _in_order(fine: CutCells, rooms: list[_Room], modes: int) -> tuple[Doubles, Doubles]:
    """The eigenpairs of all rooms, ascending; of those that are 0 the uniform one comes first."""
    values = np.concatenate([np.zeros(len(rooms)), *(room.values[1:] for room in rooms)])
    functions, column = np.zeros((len(fine.volumes), len(values))), len(rooms)
    still = _still([room.share for room in rooms])
    for k, room in enumerate(rooms):
        functions[room.rows, : len(rooms)] = still[k] / math.sqrt(room.cells.volumes.sum())
        end = column + len(room.values) - 1
        functions[room.rows, column:end] = room.functions[:, 1:]
        column = end
    order = np.argsort(values, kind="stable")[:modes]
    return values[order], functions[:, order]


def _still(shares: list[float]) -> Doubles:
    """Orthonormal columns (R, R), of which the first are the roots of the shares: a reflection."""
    way = np.sqrt(shares)
    way[0] -= 1.0
    length = float(way @ way)
    turned: Doubles = np.eye(len(way)) - 2 * np.outer(way, way) / max(length, 1e-300)
    return turned
