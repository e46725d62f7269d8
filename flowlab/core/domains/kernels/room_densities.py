"""A density on pixels as each of several rooms has it: no pixel counts for two rooms."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.domains.kernels.grid_reading import GridReader


def room_densities(
    reader: GridReader, density: Doubles, bounds: tuple[float, float, float, float]
) -> list[Doubles]:
    """For each room the density (H, W) over the bounds, which beyond its own pixels goes on with
    the value of the nearest of them. A pixel is of the room in which, or nearest to which, its
    centre lies.
    """
    if reader.cells.rooms == 1:
        return [density]
    (x0, y0, x1, y1), (height, width) = bounds, density.shape
    x = x0 + (x1 - x0) * (np.arange(width) + 0.5) / width
    y = y0 + (y1 - y0) * (np.arange(height) + 0.5) / height
    room = reader.rooms(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)).reshape(density.shape)
    return [_continued(density, room == number) for number in range(reader.cells.rooms)]


def _continued(density: Doubles, own: Bools) -> Doubles:
    from scipy.ndimage import distance_transform_edt

    if not own.any():  # a room between the centres of coarse pixels
        return density
    row, column = distance_transform_edt(~own, return_distances=False, return_indices=True)
    continued: Doubles = density[row, column]
    return continued
