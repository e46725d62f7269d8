"""Any distribution as masses of cells: from its density where that is cheap, else from samples."""

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
_LOOKS = 128  # parts of an extent: the margin around what samples have seen
_EACH = 2  # places in a cell, on both axes, where a density is asked for
# The density of these costs little at many places. Others are sampled: curves and clouds before
# they are blurred, so that the blur is exact.
_DENSE = (
    shapes.Gaussian,
    shapes.Ring,
    shapes.Mixture,
    shapes.Checkerboard,
    shapes.Pinwheel,
    shapes.Disc,
    shapes.Text,
    shapes.Drawing,
)
_NARROW = 0.6  # cells: sums over middles of Gaussians of that deviation are right to 0.2 %
_RIM = 1e-6  # of the box: its outermost samples, rounded, lie within the outermost cells
_CORNERS = 64  # of a polygon; the density of one with more is dear


@dataclass(frozen=True, eq=False)
class CellMasses:
    """Masses of cells that tile a box, float64."""

    share: Tensor  # (rows, columns), row 0 lowest, of sum 1
    low: tuple[float, float]  # corner x, y of the box
    cell: tuple[float, float]  # width, height

    @cached_property
    def light(self) -> Tensor:
        """The shares in float32."""
        return self.share.float()

    @cached_property
    def filled(self) -> tuple[Tensor, Tensor]:
        """Masses (K,) and middles (K, 2) of the cells that have any mass."""
        row, column = self.share.nonzero(as_tuple=True)
        x, y = self.ticks
        return self.share[row, column], self.centre + torch.stack([x[column], y[row]], 1)

    @cached_property
    def centre(self) -> Tensor:
        """Of the box, (2,)."""
        return self.share.new_tensor(self.low) + self.size / 2

    @cached_property
    def size(self) -> Tensor:
        """Width and height of the box, (2,)."""
        rows, columns = self.share.shape
        return self.share.new_tensor([columns * self.cell[0], rows * self.cell[1]])

    @cached_property
    def ticks(self) -> tuple[Tensor, Tensor]:
        """Middles of the cells along x and along y, seen from the middle of the box."""
        rows, columns = (
            torch.arange(count, dtype=self.share.dtype) - (count - 1) / 2
            for count in self.share.shape
        )
        return columns * self.cell[0], rows * self.cell[1]

    @cached_property
    def mean(self) -> Tensor:
        """E[x], (2,)."""
        x, y = self.ticks
        return self.centre + torch.stack([self.share.sum(0) @ x, self.share.sum(1) @ y])

    @cached_property
    def cov(self) -> Tensor:
        """Cov(x), (2, 2)."""
        share, middles = self.filled
        off = middles - self.mean
        return (share[:, None] * off).T @ off


@lru_cache(maxsize=16)
def masses_of(distribution: Distribution, cells: int) -> CellMasses:
    """The masses of `cells` (even) by `cells` cells of a distribution, kept for the last few."""
    shape = getattr(distribution, "shape", None)
    noise, sharp = 0.0, distribution
    if isinstance(shape, Shape) and shape.noise > 0:
        noise, sharp = shape.noise, build(replace(shape, noise=0.0))
    mixture = distribution.mixture() is not None
    box = _box(distribution.extent) if mixture else _tight(sharp, 4 * noise)
    low, cell = _cells(box, cells)
    dense = _is_dense(shape, cells) and sharp.has_log_prob and not _is_narrow(sharp, cell)
    share = (_by_density if dense else _by_samples)(sharp, low, cell, cells)
    if noise > 0:
        share = _kernel(cells, cell[1], noise) @ share @ _kernel(cells, cell[0], noise).T
    return CellMasses(share / share.sum(), low, cell)


def _is_dense(shape: object, cells: int) -> bool:
    """Is the density cheap, and without details that a few places in each cell would miss?"""
    if isinstance(shape, shapes.Polygon):
        return len(shape.vertices) <= _CORNERS
    if isinstance(shape, shapes.Grid):
        return shape.density.values.size <= cells**2
    if isinstance(shape, shapes.Picture):
        return shape.pixels.values.size <= cells**2
    return isinstance(shape, _DENSE)


Pair = tuple[float, float]


def _is_narrow(sharp: Distribution, cell: Pair) -> bool:
    """Is it, or a component, narrower than cells, so that a few places in each would miss it?"""
    mixture, shape = sharp.mixture(), getattr(sharp, "shape", None)
    size = torch.tensor(cell, dtype=torch.float64)
    if mixture is not None:
        return bool(torch.linalg.eigvalsh(mixture.covs / size / size[:, None]).min() < _NARROW**2)
    outline = outline_of(shape) if isinstance(shape, shapes.Polygon) else None
    if outline is None:
        return False
    around = (outline.corners[outline.following] - outline.corners).div(size).norm(dim=1).sum()
    return bool(2 * outline.area / size.prod() < around)


def _cells(box: Tensor, cells: int) -> tuple[Pair, Pair]:
    """Lower left corner and cell size of a box (2, 2), low and high."""
    (x0, y0), (x1, y1) = box.tolist()
    return (x0, y0), ((x1 - x0) / cells, (y1 - y0) / cells)


def _box(extent: tuple[float, float, float, float]) -> Tensor:
    """Low and high corner (2, 2), never quite without width."""
    x0, x1, y0, y1 = extent
    box = torch.tensor([[x0, y0], [x1, y1]], dtype=torch.float64)
    least = 1e-6 * max(float(box.abs().max()), 1e-6)
    wider = (least - (box[1] - box[0])).clamp(min=0) / 2
    return box + torch.stack([-wider, wider])


def _tight(distribution: Distribution, margin: float) -> Tensor:
    """The box of where samples fall: a sheet may be mostly empty."""
    box = _box(distribution.extent)
    step = (box[1] - box[0]) / _LOOKS
    x = distribution.sample(SAMPLES // 8, torch_rng(0, Stream.CELLS_BOX)).double()
    low, high = (x.amin(0) - step).maximum(box[0]), (x.amax(0) + step).minimum(box[1])
    rim = margin + _RIM * (high - low)
    return torch.stack([low - rim, high + rim])


def _by_density(distribution: Distribution, low: Pair, cell: Pair, cells: int) -> Tensor:
    """Mean density of each cell, from one place at random in each of its parts.

    At fixed places an edge along the grid would be misplaced everywhere by as much. A mixture has
    no edges, so the middle will do.
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
    """How many of a million samples fall into each cell."""
    x = distribution.sample(SAMPLES, torch_rng(0, Stream.CELLS_SAMPLES)).double()
    column, row = (((x[:, i] - low[i]) / cell[i]).floor().long() for i in (0, 1))
    seen = (column >= 0) & (column < cells) & (row >= 0) & (row < cells)
    index = (row * cells + column)[seen]
    return torch.bincount(index, minlength=cells * cells).double().reshape(cells, cells)


def _kernel(cells: int, cell: float, blur: float) -> Tensor:
    """Share (to, from) of each cell's mass that a normal of deviation `blur` carries to another."""
    edges = torch.arange(cells + 1, dtype=torch.float64)[:, None] - (torch.arange(cells) + 0.5)
    below: Tensor = torch.special.ndtr(edges * cell / blur)
    return below.diff(dim=0)
