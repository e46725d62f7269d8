"""Density grids, sampled continuously: pictures, text, drawings and arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions import bilinear_torch, drawing
from flowlab.core.distributions import text as glyphs
from flowlab.core.distributions.categorical import alias_table, sample_alias, uniform
from flowlab.core.distributions.refusals import check_picture
from flowlab.core.document import shapes
from flowlab.core.document.limits import Invalid

Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cells:
    """A density grid before placement: cell masses convolved with a tent two cells wide.

    Mass that the tent moves over the edge is reflected, so the density is the bilinear
    interpolation between cell centres, constant in the outer half cells, 0 beyond the extent.
    """

    columns: Tensor  # (K,), of each cell with mass
    rows: Tensor  # (K,)
    share: Tensor
    alias: Tensor
    classes: Tensor | None  # (K,), None if there is only one
    density: Tensor  # (rows, columns), of all classes together, row 0 lowest; integrates to 1
    origin: tuple[float, float]
    size: tuple[float, float]  # of a cell
    outline: Tensor

    @property
    def labels(self) -> Tensor | None:
        """The classes present, None if there is only one."""
        return None if self.classes is None else torch.unique(self.classes)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Samples (n, 2): a cell by mass, then the sum of two uniforms on each axis."""
        k = sample_alias(self.share, self.alias, n, rng)
        u = uniform(self.columns, (4, n), rng)
        x = self._spread(self.columns.index_select(0, k), u[0] + u[1], 0)
        y = self._spread(self.rows.index_select(0, k), u[2] + u[3], 1)
        return torch.stack([x, y], dim=1), None if self.classes is None else self.classes[k]

    def _spread(self, cell: Tensor, u: Tensor, axis: int) -> Tensor:
        """Positions by a triangular u in [0, 2) about cell centres, reflected at the edges."""
        limit = self.density.shape[1 - axis]
        position = limit - (limit - (cell + u - 0.5).abs()).abs()
        return self.origin[axis] + position * self.size[axis]

    def has_density(self, sigma: float) -> bool:
        """True without blur."""
        return sigma == 0

    def log_density(self, x: Tensor, sigma: float, slack: float) -> Tensor:
        """log of the bilinear interpolation, exactly the density that is sampled, (n,)."""
        del sigma
        column, in_x = self._place(x[:, 0], 0, slack)
        row, in_y = self._place(x[:, 1], 1, slack)
        density = bilinear_torch.read(self.density[None], column, row)
        return torch.where(in_x & in_y, density, 0.0).log()

    def _place(self, x: Tensor, axis: int, slack: float) -> tuple[Tensor, Tensor]:
        """Positions along an axis, in cells from the centre of the first, and True where inside."""
        count, margin = self.density.shape[1 - axis], slack / self.size[axis]
        position = (x - self.origin[axis]) / self.size[axis]
        return position - 0.5, (position >= -margin) & (position <= count + margin)


def cells(masses: Doubles, extent: Extent, empty: str) -> Cells:
    """The grid of masses (classes, rows, columns) over an extent (x0, x1, y0, y1).

    Raises `Invalid` for masses that are negative or not finite; with the message `empty` if all are
    0.
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
    threshold, alias = alias_table(share[label, row, column])
    size = (x1 - x0) / columns, (y1 - y0) / rows
    several = len(np.unique(label)) > 1
    return Cells(
        torch.from_numpy(column.astype(np.float64)),
        torch.from_numpy(row.astype(np.float64)),
        torch.from_numpy(threshold),
        torch.from_numpy(alias),
        torch.from_numpy(label) if several else None,
        torch.from_numpy(share.sum(0) / (size[0] * size[1])),
        (x0, y0),
        size,
        torch.tensor([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=torch.float64),
    )


def grid(shape: shapes.Grid) -> Cells:
    """A given density grid; raises `Invalid` for a bad array or extent."""
    if shape.density is None or len(shape.density.shape) != 2:
        raise Invalid("A density grid must be an array with rows and columns.")
    if shape.density.values.size > shapes.MOST_CELLS:
        raise Invalid(f"A density grid may have at most {shapes.MOST_CELLS:,} cells.")
    _check_extent(shape.extent)
    masses = shape.density.values.astype(np.float64)[None]
    return cells(masses, shape.extent, "The density grid is empty; give one cell some mass.")


def _check_extent(extent: Extent) -> None:
    """Raise `Invalid` unless the extent is ordered, finite and within the limits."""
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
    """A picture's darkness or brightness as mass; raises `Invalid` if it has a single tone."""
    check_picture(shape)
    assert shape.pixels is not None
    light = shape.pixels.values.astype(np.float64) / 255
    mass = (1 - light if shape.dark_is_mass else light) ** shape.contrast
    rows, columns = light.shape
    extent = _around(columns, rows, shape.width / max(light.shape))
    return cells(mass[None, ::-1], extent, "The picture has no mass; choose another.")


def inked(shape: shapes.Text) -> tuple[Doubles, Extent]:
    """The ink (letters, rows, columns) of a line of text of that `width`, centred at the origin."""
    ink, letters = glyphs.letters(shape.text, shape.font)
    by_letter = np.zeros((letters.max() + 1, *ink.shape))
    by_letter[letters, :, np.arange(ink.shape[1])] = ink.T
    padded = np.pad(by_letter, ((0, 0), (1, 1), (1, 1)))
    extent = _around(padded.shape[2], padded.shape[1], shape.width / ink.shape[1])
    return padded[:, ::-1], extent


def text(shape: shapes.Text) -> Cells:
    """The ink of a line of text; its letters are classes."""
    masses, extent = inked(shape)
    return cells(masses, extent, "The text leaves no ink; type a visible character.")


def drawn(shape: shapes.Drawing) -> Cells:
    """What the strokes leave on the sheet; raises `Invalid` if nothing."""
    layers = drawing.rasterise(shape.strokes, shape.half_width).astype(np.float64)
    h = shape.half_width
    return cells(layers, (-h, h, -h, h), "The drawing is empty; draw something first.")
