"""Density grids, sampled continuously: pictures, text, drawings and arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions import bilinear_torch, drawing
from flowlab.core.distributions import text as typeset
from flowlab.core.distributions.categorical import alias_table, pick, uniform
from flowlab.core.document import shapes
from flowlab.core.document.limits import Invalid

Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cells:
    """A density grid before placement: cell masses convolved with a tent two cells wide.

    What the tent carries over the edge is folded back, so the density is the bilinear
    interpolation between cell centres, level in the outer half cells, zero beyond the extent.
    """

    columns: Tensor  # (K,), of each cell that holds mass
    rows: Tensor  # (K,)
    share: Tensor
    alias: Tensor
    classes: Tensor | None  # (K,) where there are several
    density: Tensor  # (rows, columns), of all classes, row 0 lowest; integrates to 1
    origin: tuple[float, float]
    size: tuple[float, float]  # of a cell
    outline: Tensor

    @property
    def labels(self) -> Tensor | None:
        """The classes present, if there are several."""
        return None if self.classes is None else torch.unique(self.classes)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2): a cell by mass, then the sum of two uniforms on each axis."""
        k = pick(self.share, self.alias, n, rng)
        u = uniform(self.columns, (4, n), rng)
        x = self._spread(self.columns.index_select(0, k), u[0] + u[1], 0)
        y = self._spread(self.rows.index_select(0, k), u[2] + u[3], 1)
        return torch.stack([x, y], dim=1), None if self.classes is None else self.classes[k]

    def _spread(self, cell: Tensor, u: Tensor, axis: int) -> Tensor:
        """Positions by a triangular u in [0, 2) about each cell's centre, folded at the edges."""
        limit = self.density.shape[1 - axis]
        position = limit - (limit - (cell + u - 0.5).abs()).abs()
        return self.origin[axis] + position * self.size[axis]

    def knows(self, sigma: float) -> bool:
        """Known without blur only."""
        return sigma == 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """log of the bilinear interpolation, exactly the density that is sampled, (n,)."""
        del sigma
        column, in_x = self._place(x[:, 0], 0, slack)
        row, in_y = self._place(x[:, 1], 1, slack)
        density = bilinear_torch.read(self.density[None], column, row)
        return torch.where(in_x & in_y, density, 0.0).log()

    def _place(self, x: Tensor, axis: int, slack: float) -> tuple[Tensor, Tensor]:
        """Places along an axis, in cells from the middle of the first, and if x is inside."""
        count, margin = self.density.shape[1 - axis], slack / self.size[axis]
        position = (x - self.origin[axis]) / self.size[axis]
        return position - 0.5, (position >= -margin) & (position <= count + margin)


def cells(masses: Doubles, extent: Extent, empty: str) -> Cells:
    """The grid of masses (classes, rows, columns) over an extent (x0, x1, y0, y1).

    Raises `Invalid` for masses that are not finite or negative; with the sentence `empty` for none.
    """
    if not np.isfinite(masses).all() or masses.min(initial=0) < 0:
        raise Invalid("The cells of a density grid must be finite and not negative.")
    if not masses.size or masses.max() <= 0:
        raise Invalid(empty)
    x0, x1, y0, y1 = extent
    rows, columns = masses.shape[1:]
    share = masses / masses.max()
    share /= share.sum()
    label, row, column = np.nonzero(share)
    kept, alias = alias_table(share[label, row, column])
    size = (x1 - x0) / columns, (y1 - y0) / rows
    several = len(np.unique(label)) > 1
    return Cells(
        torch.from_numpy(column.astype(np.float64)),
        torch.from_numpy(row.astype(np.float64)),
        torch.from_numpy(kept),
        torch.from_numpy(alias),
        torch.from_numpy(label) if several else None,
        torch.from_numpy(share.sum(0) / (size[0] * size[1])),
        (x0, y0),
        size,
        torch.tensor([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=torch.float64),
    )


def grid(shape: shapes.Grid) -> Cells:
    """A given density grid; raises `Invalid` if it is none."""
    if shape.density is None or len(shape.density.shape) != 2:
        raise Invalid("A density grid must be an array with rows and columns.")
    if shape.density.values.size > shapes.MOST_CELLS:
        raise Invalid(f"A density grid may have at most {shapes.MOST_CELLS:,} cells.")
    _check_extent(shape.extent)
    masses = shape.density.values.astype(np.float64)[None]
    return cells(masses, shape.extent, "The density grid is empty; give one cell some mass.")


def _check_extent(extent: Extent) -> None:
    """Raise `Invalid` unless the cells have sides, and areas that are numbers."""
    x0, x1, y0, y1 = extent
    if not np.isfinite(extent).all() or not (x0 < x1 and y0 < y1):
        raise Invalid("The extent of a density grid must be (x0, x1, y0, y1), x0 < x1 and y0 < y1.")
    if max(map(abs, extent)) > shapes.FURTHEST or min(x1 - x0, y1 - y0) < 1 / shapes.FURTHEST:
        raise Invalid(
            f"The extent of a density grid must be within ± {shapes.FURTHEST:g}, and its sides "
            f"at least {1 / shapes.FURTHEST:g}."
        )


def _around(columns: int, rows: int, cell: float) -> Extent:
    return -columns * cell / 2, columns * cell / 2, -rows * cell / 2, rows * cell / 2


def picture(shape: shapes.Picture) -> Cells:
    """A picture's ink or light as mass; raises `Invalid` if it is all of one tone."""
    if shape.pixels is None or len(shape.pixels.shape) != 2 or not shape.pixels.values.size:
        raise Invalid("A picture must be an array of brightness with rows and columns.")
    light = shape.pixels.values.astype(np.float64) / 255
    if light.size > shapes.MOST_PIXELS or not (light.min() >= 0 and light.max() <= 1):  # or NaN
        raise Invalid(
            f"A picture must be brightness 0 to 255, at most {shapes.MOST_PIXELS:,} pixels."
        )
    if np.ptp(light) == 0:
        raise Invalid("The picture is all of one tone, so it has no shape; choose another.")
    mass = (1 - light if shape.dark_is_mass else light) ** shape.contrast
    rows, columns = light.shape
    extent = _around(columns, rows, shape.width / max(light.shape))
    return cells(mass[None, ::-1], extent, "The picture has no mass; choose another.")


def inked(shape: shapes.Text) -> tuple[Doubles, Extent]:
    """The ink (letters, rows, columns) of a line of text, `width` wide, about its middle."""
    ink, letters = typeset.letters(shape.text, shape.font)
    apart = np.zeros((letters.max() + 1, *ink.shape))
    apart[letters, :, np.arange(ink.shape[1])] = ink.T
    padded = np.pad(apart, ((0, 0), (1, 1), (1, 1)))
    extent = _around(padded.shape[2], padded.shape[1], shape.width / ink.shape[1])
    return padded[:, ::-1], extent


def text(shape: shapes.Text) -> Cells:
    """The ink of a line of text; its letters are classes."""
    masses, extent = inked(shape)
    return cells(masses, extent, "The text leaves no ink; type a visible character.")


def drawn(shape: shapes.Drawing) -> Cells:
    """What the strokes leave on the sheet; raises `Invalid` if that is nothing."""
    layers = drawing.rasterise(shape.strokes, shape.half_width).astype(np.float64)
    h = shape.half_width
    return cells(layers, (-h, h, -h, h), "The drawing is empty; draw something first.")
