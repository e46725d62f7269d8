"""Known densities on lattices, for the density layer and the faint clouds of both ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from flowlab.core.array_types import Bools, Floats
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.cache import LruCache
from flowlab.core.views.density_map import DensityMap

_ALONG = 160  # cells on the longer side
_MARGIN = 0.06  # of the extent, on each side
_SAMPLES, _REACH = 20_000, 6  # cells further than this from all samples hold next to no mass
_POINTS = 3000  # of a blurred cloud, beyond which its density takes too long
_LOST = 0.03  # of the mass, beyond which the cells are too coarse for the shape
_AT_ONCE = 4096  # cells

_maps: LruCache[DensityMap | None] = LruCache(8)


def density_map(shape: Shape, cancelled: Callable[[], bool] = lambda: False) -> DensityMap | None:
    """The density of a shape, cached; None where it isn't known, or too fine for the lattice.

    Raises `Cancelled`.
    """
    return _maps.get(shape, lambda: _density_map(shape, cancelled))


def _density_map(shape: Shape, cancelled: Callable[[], bool]) -> DensityMap | None:
    try:
        distribution = build(shape)
    except Invalid:  # such as an empty drawing
        return None
    cloud = distribution.cloud()
    if not distribution.has_log_prob or (cloud is not None and len(cloud[0]) > _POINTS):
        return None
    xs, ys = _axes(distribution)
    values = _values(distribution, xs, ys, cancelled)
    mass = float(values.sum(dtype=np.float64)) * float(xs[1] - xs[0]) ** 2
    if not abs(mass - 1) <= _LOST:
        return None
    return DensityMap(shape=shape, xs=xs, ys=ys, values=values)


def _axes(distribution: Distribution) -> tuple[Floats, Floats]:
    """Centres (W,), (H,) of square cells over nearly all mass."""
    x0, x1, y0, y1 = distribution.extent
    room = (1 + 2 * _MARGIN) * max(x1 - x0, y1 - y0, 1e-6)
    cell = room / _ALONG
    axes = []
    for low, high in ((x0, x1), (y0, y1)):
        count = min(_ALONG, max(2, round((high - low) / cell) + round(2 * _MARGIN * _ALONG)))
        axes.append((low + high) / 2 + cell * (np.arange(count) - (count - 1) / 2))
    return axes[0].astype(np.float32), axes[1].astype(np.float32)


def _values(
    distribution: Distribution, xs: Floats, ys: Floats, cancelled: Callable[[], bool]
) -> Floats:
    """Density (H, W) float32 at the cells' centres, 0 far from all samples."""
    values = np.zeros((len(ys), len(xs)), np.float32)
    row, column = np.nonzero(_near_mass(distribution, xs, ys))
    points = torch.from_numpy(np.stack([xs[column], ys[row]], 1))
    for start in range(0, len(points), _AT_ONCE):
        if cancelled():
            raise Cancelled
        part = slice(start, start + _AT_ONCE)
        values[row[part], column[part]] = distribution.log_prob(points[part]).exp().numpy()
    return values


def _near_mass(distribution: Distribution, xs: Floats, ys: Floats) -> Bools:
    """Cells (H, W) within `_REACH` cells of a sample."""
    x = distribution.sample(_SAMPLES, torch_rng(0, Stream.DENSITY_CELLS)).numpy()
    cell = float(xs[1] - xs[0])
    column = np.rint((x[:, 0] - xs[0]) / cell).astype(int)
    row = np.rint((x[:, 1] - ys[0]) / cell).astype(int)
    inside = (column >= 0) & (column < len(xs)) & (row >= 0) & (row < len(ys))
    hit = np.zeros((len(ys), len(xs)), np.float32)
    hit[row[inside], column[inside]] = 1.0
    side = 2 * _REACH + 1
    near = functional.max_pool2d(torch.from_numpy(hit)[None, None], side, stride=1, padding=_REACH)
    hits: Bools = near[0, 0].numpy() > 0
    return hits
