"""Any distribution as masses of grid cells: from its density if cheap, else from samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document import shapes
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.outlines import outline_of

SAMPLES = 1 << 20
_LOOKS = 128  # parts of an extent; one is the margin around the samples
_EACH = 2  # evaluations of a density per cell and axis
# Shapes whose density is cheap. Others are sampled: curves and clouds before they are blurred, so
# that the blur is exact.
_CHEAP_DENSITY = (
    shapes.Gaussian,
    shapes.Ring,
    shapes.Mixture,
    shapes.Checkerboard,
    shapes.Pinwheel,
    shapes.Disc,
    shapes.Text,
    shapes.Drawing,
)
_MIN_DEVIATION = 0.6  # cells: sums over centres of Gaussians this wide are right to 0.2 %
_RIM = 1e-6  # of the box, so that its outermost samples lie within the outermost cells
_CORNERS = 64  # of a polygon; with more its density is expensive


@dataclass(frozen=True, eq=False)
class CellMasses:
    """Masses of cells that tile a box, float64."""

    mass: Tensor  # (rows, columns), row 0 lowest, of sum 1
    low: tuple[float, float]  # corner x, y of the box
    cell: tuple[float, float]  # width, height

    @cached_property
    def mass_float32(self) -> Tensor:
        """The masses in float32."""
        return self.mass.float()

    @cached_property
    def nonzero(self) -> tuple[Tensor, Tensor]:
        """Masses (K,) and centres (K, 2) of the cells that are not empty."""
        row, column = self.mass.nonzero(as_tuple=True)
        x, y = self.ticks
        return self.mass[row, column], self.centre + torch.stack([x[column], y[row]], 1)

    @cached_property
    def centre(self) -> Tensor:
        """Centre of the box, (2,)."""
        return self.mass.new_tensor(self.low) + self.size / 2

    @cached_property
    def size(self) -> Tensor:
        """Width and height of the box, (2,)."""
        rows, columns = self.mass.shape
        return self.mass.new_tensor([columns * self.cell[0], rows * self.cell[1]])

    @cached_property
    def ticks(self) -> tuple[Tensor, Tensor]:
        """Centres of the cells along x and along y, relative to the centre of the box."""
        rows, columns = (
            torch.arange(count, dtype=self.mass.dtype) - (count - 1) / 2
            for count in self.mass.shape
        )
        return columns * self.cell[0], rows * self.cell[1]

    @cached_property
    def mean(self) -> Tensor:
        """E[x], (2,)."""
        x, y = self.ticks
        return self.centre + torch.stack([self.mass.sum(0) @ x, self.mass.sum(1) @ y])

    @cached_property
    def cov(self) -> Tensor:
        """Cov(x), (2, 2)."""
        mass, middles = self.nonzero
        off = middles - self.mean
        return (mass[:, None] * off).T @ off


@lru_cache(maxsize=16)
def masses_of(distribution: Distribution, cells: int) -> CellMasses:
    """The masses of `cells` (even) by `cells` cells of a distribution; the last few are cached."""
    shape = getattr(distribution, "shape", None)
    noise, noiseless = 0.0, distribution
    if isinstance(shape, Shape) and shape.noise > 0:
        noise, noiseless = shape.noise, build(replace(shape, noise=0.0))
    mixture = distribution.mixture() is not None
    box = _box(distribution.extent) if mixture else _sample_box(noiseless, 4 * noise)
    low, cell = _cells(box, cells)
    dense = _is_dense(shape, cells) and noiseless.has_log_prob and not _is_narrow(noiseless, cell)
    mass = (_by_density if dense else _by_samples)(noiseless, low, cell, cells)
    if noise > 0:
        mass = _kernel(cells, cell[1], noise) @ mass @ _kernel(cells, cell[0], noise).T
    return CellMasses(mass / mass.sum(), low, cell)


def _is_dense(shape: object, cells: int) -> bool:
    """True if the density is cheap, and smooth enough for a few evaluations per cell."""
    if isinstance(shape, shapes.Polygon):
        return len(shape.vertices) <= _CORNERS
    if isinstance(shape, shapes.Grid):
        return shape.density.values.size <= cells**2
    if isinstance(shape, shapes.Picture):
        return shape.pixels.values.size <= cells**2
    return isinstance(shape, _CHEAP_DENSITY)


Pair = tuple[float, float]


def _is_narrow(noiseless: Distribution, cell: Pair) -> bool:
    """True if it, or a component, is narrower than a few evaluations per cell can resolve."""
    mixture, shape = noiseless.mixture(), getattr(noiseless, "shape", None)
    size = torch.tensor(cell, dtype=torch.float64)
    if mixture is not None:
        return bool(
            torch.linalg.eigvalsh(mixture.covs / size / size[:, None]).min() < _MIN_DEVIATION**2
        )
    outline = outline_of(shape) if isinstance(shape, shapes.Polygon) else None
    if outline is None:
        return False
    perimeter = (outline.corners[outline.following] - outline.corners).div(size).norm(dim=1).sum()
    return bool(2 * outline.area / size.prod() < perimeter)


def _cells(box: Tensor, cells: int) -> tuple[Pair, Pair]:
    """Lower left corner and cell size of a box (2, 2), low and high corner."""
    (x0, y0), (x1, y1) = box.tolist()
    return (x0, y0), ((x1 - x0) / cells, (y1 - y0) / cells)


def _box(extent: tuple[float, float, float, float]) -> Tensor:
    """Low and high corner (2, 2), at least a hair apart."""
    x0, x1, y0, y1 = extent
    box = torch.tensor([[x0, y0], [x1, y1]], dtype=torch.float64)
    least = 1e-6 * max(float(box.abs().max()), 1e-6)
    wider = (least - (box[1] - box[0])).clamp(min=0) / 2
    return box + torch.stack([-wider, wider])


def _sample_box(distribution: Distribution, margin: float) -> Tensor:
    """The box that holds samples: much of a sheet may be empty."""
    box = _box(distribution.extent)
    step = (box[1] - box[0]) / _LOOKS
    x = distribution.sample(SAMPLES // 8, torch_rng(0, Stream.CELLS_BOX)).double()
    low, high = (x.amin(0) - step).maximum(box[0]), (x.amax(0) + step).minimum(box[1])
    rim = margin + _RIM * (high - low)
    return torch.stack([low - rim, high + rim])


def _by_density(distribution: Distribution, low: Pair, cell: Pair, cells: int) -> Tensor:
    """Mean density of each cell, from one random point in each of its parts.

    At fixed points, an edge parallel to the grid would be misplaced everywhere by the same amount.
    A mixture has no edges, so cell centres suffice.
    """
    smooth = distribution.mixture() is not None
    rng = torch_rng(0, Stream.CELLS_PLACES)
    each = 1 if smooth else _EACH
    side = cells * each
    total = torch.zeros(cells, cells, dtype=torch.float64)
    columns = torch.arange(side)
    for band in torch.split(torch.arange(side), max(1, (1 << 18) // side)):
        place = torch.rand(2, len(band), side, dtype=torch.float64, generator=rng)
        place = torch.full_like(place, 0.5) if smooth else place
        x = low[0] + (columns + place[0]) * (cell[0] / each)
        y = low[1] + (band[:, None] + place[1]) * (cell[1] / each)
        density = distribution.log_prob(torch.stack([x, y], -1).reshape(-1, 2)).double().exp()
        strips = density.reshape(len(band), cells, each).sum(-1)
        total.index_add_(0, band // each, strips)
    return total


def _by_samples(distribution: Distribution, low: Pair, cell: Pair, cells: int) -> Tensor:
    """The number of samples, of a million, in each cell."""
    x = distribution.sample(SAMPLES, torch_rng(0, Stream.CELLS_SAMPLES)).double()
    column, row = (((x[:, i] - low[i]) / cell[i]).floor().long() for i in (0, 1))
    seen = (column >= 0) & (column < cells) & (row >= 0) & (row < cells)
    index = (row * cells + column)[seen]
    return torch.bincount(index, minlength=cells * cells).double().reshape(cells, cells)


def _kernel(cells: int, cell: float, blur: float) -> Tensor:
    """Share (to, from) of each cell's mass that a normal of deviation `blur` moves to another."""
    edges = torch.arange(cells + 1, dtype=torch.float64)[:, None] - (torch.arange(cells) + 0.5)
    below: Tensor = torch.special.ndtr(edges * cell / blur)
    return below.diff(dim=0)
