"""A tangent field in colours: its direction, its speed, a texture along it, and its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import AnyArray, Floats, Ints
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.scene.base.colours import over
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.blending.tangent_colours import (
    HUES,
    SHADES,
    cover_codes,
    direction_codes,
    picture_of,
    speed_codes,
    table,
    texture_table,
)
from flowlab.scene.blending.tangent_lattice import cells_place, lattice_over, spread
from flowlab.scene.blending.tangent_slice import Slice, between, slice_of
from flowlab.scene.blending.tangent_speeds import full_error, rms_speed, top_speed
from flowlab.scene.blending.tangent_texture import DOUBLINGS, MARGIN, texture
from flowlab.scene.layers.error_map import DIMMED, FULL, error_image

FINE = {True: 3.0, False: 1.5}  # logical pixels a pixel of a smooth picture, live and in exports
MOST = {True: 50_000, False: 2_000_000}  # greatest number of such pixels
GRAIN = {True: 3.0, False: 1.5}  # logical pixels for each pixel of a texture, which costs more
GRAINS = {True: 40_000, False: 2_000_000}
TONE, WASH = 0.09, 0.75  # the support behind lines: contrast with the background, and alpha
ENLARGED = 1600  # pixels of a picture of cells in SVG and PDF, because viewers blur small images


@dataclass(frozen=True, eq=False)
class Picture:
    """An image, the memory behind it, and where it is drawn."""

    image: QImage
    pixels: AnyArray
    place: QRectF
    smooth: bool

    def draw(self, painter: QPainter, stage: Stage) -> None:
        """Draw it, clipped to the picture."""
        painter.save()
        painter.setClipRect(QRectF(0, 0, stage.width, stage.height))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        painter.drawImage(self.place, self.image)
        painter.restore()


def paint_colours(painter: QPainter, stage: Stage) -> None:
    """Layer: the direction or the speed of each place as its colour."""
    field = slice_of(stage)
    if field is None:
        return
    make = _smooth_colours if field.smooth else _cell_colours
    _paint_cached(painter, stage, field, make)


def paint_texture(painter: QPainter, stage: Stage) -> None:
    """Layer: line integral convolution, noise smeared along the field, in the directions' hues."""
    field = slice_of(stage)
    if field is not None:
        _paint_cached(painter, stage, field, _texture)


def paint_support(painter: QPainter, stage: Stage) -> None:
    """Layer: a faint wash where the field is known, behind its lines."""
    field = slice_of(stage)
    if field is None:
        return
    alpha = np.rint(255 * WASH * field.cover[::-1])
    pixels = alpha.astype(np.uint32) << 24
    tone = over(stage.theme, stage.theme.particle, TONE)
    for shift, channel in zip((16, 8, 0), tone, strict=True):
        pixels |= np.rint(channel * (alpha / 255)).astype(np.uint32) << shift
    place = cells_place(stage, field)
    Picture(picture_of(pixels), pixels, place, field.smooth).draw(painter, stage)


def _paint_cached(painter: QPainter, stage: Stage, field: Slice, make: Any) -> None:
    frame = stage.frame
    look = (frame.camera, frame.theme, stage.live, stage.vector, stage.width, stage.height)
    key = (field, frame.t, frame.document.blending.picture, frame.view.layout, look)
    picture: Picture | None = stage.scratch.cached(
        "tangent picture", key, lambda: make(stage, field)
    )
    if picture is not None:
        picture.draw(painter, stage)


def _codes(stage: Stage, u: Floats, v: Floats) -> Ints:
    """Palette rows of velocities, for the chosen picture."""
    if stage.frame.document.blending.picture != "magnitude":
        return direction_codes(u, v)
    tangents = _tangents(stage)
    return speed_codes(u, v, top_speed(tangents))


def _cell_colours(stage: Stage, field: Slice) -> Picture:
    """One pixel for each cell, the top row first."""
    u, v = field.values[::-1, :, 0], field.values[::-1, :, 1]
    index = _codes(stage, u, v)
    index += cover_codes(field.cover[::-1]) * HUES
    pixels = _table(stage).take(index)
    if stage.vector:
        times = max(1, ENLARGED // max(pixels.shape))
        pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)
    return Picture(picture_of(pixels), pixels, cells_place(stage, field), False)


def _smooth_colours(stage: Stage, field: Slice) -> Picture | None:
    lattice = lattice_over(stage, field, FINE[stage.live], MOST[stage.live])
    if lattice is None:
        return None
    u, v, cover = spread(field, lattice)
    index = _codes(stage, u, v)
    index += cover_codes(cover) * HUES
    pixels = _table(stage).take(index)
    return Picture(picture_of(pixels), pixels, lattice.place(stage), True)


def _texture(stage: Stage, field: Slice) -> Picture | None:
    # streaks that leave the support continue here
    doublings = DOUBLINGS if stage.live else DOUBLINGS + 1
    margin = MARGIN + (14 if stage.live else 2**doublings)
    lattice = lattice_over(stage, field, GRAIN[stage.live], GRAINS[stage.live], margin)
    if lattice is None:
        return None
    u, v, cover = spread(field, lattice)
    shade = texture(u, v, lattice, stage.frame.t, stage.scratch, doublings)
    shade *= np.float32(SHADES - 1)
    np.rint(shade, out=shade)
    index = cover_codes(cover)
    index *= SHADES
    index += shade.astype(np.intp)
    index *= HUES
    index += direction_codes(u, v)
    pixels = texture_table(stage.theme).take(index)
    return Picture(picture_of(pixels), pixels, lattice.place(stage), True)


def _table(stage: Stage) -> Ints:
    picture = stage.frame.document.blending.picture
    return table("magnitude" if picture == "magnitude" else "angle", stage.theme.dark)


def _tangents(stage: Stage) -> Tangents:
    tangents = tangents_of(stage.frame.bundle)
    assert tangents is not None
    return tangents


def paint_error(painter: QPainter, stage: Stage) -> None:
    """Layer: |D shown - D exact| over the rms exact speed, fading where p_alpha is small."""
    field, tangents = slice_of(stage), _tangents(stage)
    share = error_share(tangents, stage.frame.document.blending.field, stage.frame.t)
    if field is None or share is None:
        return
    weight = None
    if tangents.density is not None:
        density = np.nan_to_num(between(tangents.estimate.times, tangents.density, stage.frame.t))
        weight = (density / max(float(density.max()), 1e-30))[::-1]
    painter.save()
    painter.fillRect(
        QRectF(0, 0, stage.width, stage.height), rgba(stage.theme.canvas, DIMMED[stage.theme.dark])
    )
    painter.restore()
    paint_support(painter, stage)
    share *= np.float32(FULL / full_error(tangents, stage.frame.document.blending.field))
    image = error_image(share[::-1], stage.theme, weight)
    smooth = field.smooth
    if stage.vector and not smooth:
        times = max(1, ENLARGED // max(share.shape))
        image = image.scaled(image.width() * times, image.height() * times)
    Picture(image, share, cells_place(stage, field), smooth).draw(painter, stage)


def error_share(tangents: Tangents, which: str, t: float) -> Floats | None:
    """Distance (H, W) of the field `which` to the exact one at t, over the rms exact speed.

    NaN where either field is blank; None if there is nothing to compare with.
    """
    frames = tangents.shown(which)
    if tangents.exact is None or frames is None or which == "exact":
        return None
    gap = frames.at(t) - tangents.exact.at(t)
    share: Floats = np.sqrt((gap * gap).sum(-1)) / rms_speed(tangents)
    return share
