"""A tangent field at one alpha, on its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Bools, Floats
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.scene.base.stage import Stage

SCARCE = 0.004  # share of the largest density below which the picture of a smooth field fades out


@dataclass(frozen=True, eq=False)
class Slice:
    """Velocities (H, W, 2) at one alpha; blank cells have values of their neighbourhood.

    `good` (H, W) is True for cells that aren't blank, `cover` (H, W) is their opacity, 0 to 1.
    Fields that are `smooth` are interpolated between their cells.
    """

    xs: Floats
    ys: Floats
    values: Floats
    good: Bools
    cover: Floats
    smooth: bool

    @property
    def pitch(self) -> tuple[float, float]:
        """Width and height of a cell in the plane."""
        return float(self.xs[1] - self.xs[0]), float(self.ys[1] - self.ys[0])


def slice_of(stage: Stage) -> Slice | None:
    """The chosen field at the frame's t; None without one."""
    bundle, which = stage.frame.bundle, stage.frame.document.blending.field
    tangents = tangents_of(bundle)
    if tangents is None or tangents.shown(which) is None:
        return None
    key = (tangents, which, stage.frame.t)
    field: Slice = stage.scratch.cached(
        "tangent slice", key, lambda: slice_at(tangents, which, stage.frame.t)
    )
    return field


def slice_at(tangents: Tangents, which: str, t: float) -> Slice:
    """The field `which`, one of FIELD_SOURCES, at `t`: blank if a frame next to t is blank."""
    frames = tangents.shown(which)
    assert frames is not None
    values = frames.at(t)
    good = np.isfinite(values[..., 0]) & np.isfinite(values[..., 1])
    cover = good.astype(np.float32)
    smooth = which != "estimate"
    if smooth and tangents.density is not None:
        density = np.nan_to_num(between(frames.times, tangents.density, t))
        cover *= np.clip(density / max(SCARCE * float(density.max()), 1e-30), 0.0, 1.0)
    return Slice(frames.xs, frames.ys, filled(values, good), good, cover, smooth)


def between(times: Floats, values: Floats, t: float) -> Floats:
    """`values` (T, ...) at t, linear between their times; NaN next to a NaN."""
    place = float(np.interp(t, times, np.arange(len(times))))
    i = min(int(place), len(times) - 1)
    s = np.float32(place - i)
    low: Floats = values[i]
    return low if s == 0.0 else (1 - s) * low + s * values[i + 1]


def filled(values: Floats, good: Bools) -> Floats:
    """`values` (H, W, 2) with the means of ever larger blocks where they are not `good`.

    This continues the field smoothly beyond its support, for interpolation between cells and for
    streamlines that leave it; the filled values themselves are never shown.
    """
    if good.all():
        return values
    known = np.where(good[..., None], values, np.float32(0.0))
    if not good.any():
        return known
    blocks = [(known, good)]
    while not blocks[-1][1].all():
        blocks.append(_halved(*blocks[-1]))
    coarse = blocks.pop()[0]
    for fine, there in reversed(blocks):
        rows, columns = there.shape
        spread = coarse.repeat(2, axis=0)[:rows].repeat(2, axis=1)[:, :columns]
        coarse = np.where(there[..., None], fine, spread)
    return coarse


def _halved(values: Floats, good: Bools) -> tuple[Floats, Bools]:
    """Means of the good values in blocks of 2 x 2 cells; 0 and not good where a block has none."""
    rows, columns = -(-good.shape[0] // 2), -(-good.shape[1] // 2)
    sums = np.zeros((2 * rows, 2 * columns, 3), np.float32)
    inner = sums[: good.shape[0], : good.shape[1]]
    inner[..., :2] = values
    inner[..., 2] = good
    total = sums.reshape(rows, 2, columns, 2, 3).sum(axis=(1, 3))
    number = total[..., 2:]
    return total[..., :2] / np.maximum(number, 1), number[..., 0] > 0
