"""The key of a tangent field: a line above the legend, and a wheel of directions."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.scene.base.stage import Stage, enlarged, rgba
from flowlab.scene.base.style import FONT_SMALL
from flowlab.scene.blending.tangent_colours import (
    COVERS,
    HUES,
    cover_codes,
    direction_codes,
    picture_of,
    table,
)
from flowlab.scene.blending.tangent_lines import arrow_time, draw_arrows, field_colour
from flowlab.scene.blending.tangent_speeds import full_error, top_speed
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.legend import (
    BAR_HEIGHT,
    BAR_WIDTH,
    EDGE,
    Legend,
    error_bar,
    height_of,
    speed_bar,
)

LINE = 20.0  # px from this line to the legend
NAMES = {
    "estimate": "D(x, α) averaged on the grid",
    "exact": "D(x, α) exact",
    "learned": "D(x, α) learned",
    "untrained": "D(x, α) of the untrained network",
}
MARKS = ((0.0, "0°"), (90.0, "90°"), (180.0, "180°"), (270.0, "−90°"))
SIDE = 192  # pixels, side of the wheel's image
HOLE = 0.52  # its inner radius, as a share of the outer one
LEAST, MOST = 20.0, 40.0  # px, radius of the wheel
SMALL = 220.0  # px: pictures lower or narrower than this show no wheel


def paint_tangent_key(painter: QPainter, stage: Stage) -> None:
    """Layer: which field is shown, and what its colours or arrows mean."""
    bundle, frame = stage.frame.bundle, stage.frame
    tangents, blending = tangents_of(bundle), frame.document.blending
    if not frame.legend or bundle is None or tangents is None:
        return
    fields = pictured(tangents, blending.field)
    if not fields:
        return
    mapped = [name for name in fields if compared(tangents, blending, name)]
    painter.save()
    with enlarged(painter, stage) as words:
        _write_key(painter, words, tangents, fields, mapped)
    painter.restore()


def _write_key(
    painter: QPainter, stage: Stage, tangents: Tangents, fields: list[str], mapped: list[str]
) -> None:
    """Write the key's row above the legend."""
    bundle, blending = stage.frame.bundle, stage.frame.document.blending
    assert bundle is not None
    painter.setFont(small_font())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    legend = Legend(painter, stage)
    up = LINE + height_of(painter, stage)
    legend.base -= up
    legend.middle -= up
    if blending.field == "beside":
        legend.text("D(x, α)")
    else:
        untrained = blending.field == "learned" and bundle.step == 0
        legend.dot(field_colour(stage), NAMES["untrained" if untrained else blending.field])
    if mapped:
        legend.text("|D − D exact| 0", 6.0)
        legend.image(error_bar(stage.theme), BAR_WIDTH, BAR_HEIGHT, 6.0)
        legend.text(f"{_fulls(tangents, mapped)} of the rms speed")
    if blending.picture == "arrows":
        _arrow(legend, stage, tangents)
    elif blending.picture == "streamlines":
        legend.text("lines along D")
    elif len(mapped) < len(fields) and blending.picture == "magnitude":
        legend.text("speed |D| 0", 6.0)
        legend.image(speed_bar(stage.theme.dark), BAR_WIDTH, BAR_HEIGHT, 6.0)
        unit = "" if mapped else " plane units per unit of α"  # no room for both units
        legend.text(f"{top_speed(tangents):g}{unit}")
    elif len(mapped) < len(fields):
        legend.text("colour: direction of D" + ", streaks along it" * (blending.picture == "lic"))
        _wheel(painter, stage, legend.x)


def pictured(tangents: Tangents, field: str) -> list[str]:
    """Names of the fields that are drawn: the chosen one, or with "beside" all that are known."""
    names = ["estimate", "exact", "learned"] if field == "beside" else [field]
    return [name for name in names if tangents.shown(name) is not None]


def compared(tangents: Tangents, blending: Blending, name: str) -> bool:
    """Return True if the map of errors replaces this field's colours."""
    known = tangents.exact is not None and tangents.shown(name) is not None
    return blending.show_error and name != "exact" and known


def maps_error(stage: Stage) -> bool:
    """Return True if the map of errors replaces the chosen field's colours."""
    tangents, blending = tangents_of(stage.frame.bundle), stage.frame.document.blending
    return tangents is not None and compared(tangents, blending, blending.field)


def _fulls(tangents: Tangents, mapped: list[str]) -> str:
    """The errors that get the full colour, for each field if they differ."""
    full = {name: full_error(tangents, name) for name in mapped}
    if len(set(full.values())) == 1:
        return f"{100 * full[mapped[0]]:.0f} %"
    words = {"estimate": "averaged", "learned": "learned"}
    return ", ".join(f"{100 * share:.0f} % ({words[name]})" for name, share in full.items())


def _arrow(legend: Legend, stage: Stage, tangents: Tangents) -> None:
    """Draw an arrow as long as the top speed's, its speed, and the time it stands for."""
    top, step = top_speed(tangents), arrow_time(stage, tangents)
    length = top * step * stage.frame.camera.scale(stage.height)
    tail = np.array([[legend.x, legend.middle]], np.float32)
    tip = tail + np.array([[length, 0.0]], np.float32)
    draw_arrows(legend.painter, stage, tail, tip, field_colour(stage), filled=not stage.live)
    legend.x += length + 7.0
    legend.text(f"|D| = {top:g}: the way in Δα = {step:g}")


def _wheel(painter: QPainter, stage: Stage, key_width: float) -> None:
    """Draw a ring of directions at the bottom right, with arrows in it and angles around it.

    It lies above the caption, and above the key too if the key extends that far (`key_width`).
    """
    if min(stage.width, stage.height) < SMALL:
        return
    radius = min(max(0.055 * min(stage.width, stage.height), LEAST), MOST)
    metrics = QFontMetricsF(small_font(FONT_SMALL - 1))
    wide = 2 * (radius + metrics.horizontalAdvance("180°") + 12.0)
    high = 2 * (radius + metrics.height() + 6.0)
    x = stage.width - EDGE - wide
    y = stage.height - EDGE - (LINE if key_width < x else 2 * LINE) - high
    if stage.vector:
        _paint_wheel(painter, stage, QRectF(x, y, wide, high), radius)
        return

    def still() -> QImage:
        size = math.ceil(stage.dpr * wide) + 1, math.ceil(stage.dpr * high) + 1
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        brush = QPainter(image)
        brush.setRenderHints(painter.renderHints())
        brush.scale(stage.dpr, stage.dpr)
        _paint_wheel(brush, stage, QRectF(0.5, 0.5, wide, high), radius)
        brush.end()
        return image

    key = (stage.theme, radius, stage.dpr, stage.live)
    image = stage.scratch.cached("wheel of directions", key, still)
    stage.draw(painter, image, round(stage.dpr * x), round(stage.dpr * y), light=False)


def _paint_wheel(painter: QPainter, stage: Stage, box: QRectF, radius: float) -> None:
    """Draw the wheel in the middle of its box."""
    painter.setPen(stage.pen(stage.theme.line, 1.0, 1.0))
    painter.setBrush(rgba(stage.theme.panel, 0.86))
    painter.drawRoundedRect(box, 6.0, 6.0)
    middle = box.center()
    ring = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
    painter.drawImage(ring, wheel(stage.theme.dark))
    angle = np.arange(8) * (np.pi / 4)
    way = np.stack([np.cos(angle), -np.sin(angle)], axis=1) * (HOLE * radius - 2.5)
    hub = np.array([middle.x(), middle.y()])
    draw_arrows(painter, stage, hub + 0.3 * way, hub + way, stage.theme.text, filled=True)
    font = small_font(FONT_SMALL - 1)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(rgba(stage.theme.dim))
    for degrees, text in MARKS:
        _mark(painter, metrics, middle, radius + 4.0, degrees, text)


def _mark(
    painter: QPainter,
    metrics: QFontMetricsF,
    middle: QPointF,
    radius: float,
    degrees: float,
    text: str,
) -> None:
    """Write an angle beside its place on the ring."""
    wide, high = metrics.horizontalAdvance(text), metrics.ascent()
    c, s = float(np.cos(np.deg2rad(degrees))), float(np.sin(np.deg2rad(degrees)))
    x = middle.x() + c * (radius + wide / 2) - wide / 2
    y = middle.y() - s * (radius + high / 2) + 0.38 * high
    painter.drawText(QPointF(x, y), text)


@lru_cache(maxsize=2)
def wheel(dark: bool) -> QImage:
    """A ring in the colours of the direction at each angle."""
    y, x = (np.indices((SIDE, SIDE), np.float32) + 0.5 - SIDE / 2) * (2 / SIDE)
    radius = np.hypot(x, y)
    cover = np.clip((1 - radius) * SIDE / 2, 0, 1) * np.clip((radius - HOLE) * SIDE / 2, 0, 1)
    index = cover_codes(cover) * HUES + direction_codes(x, -y)
    assert int(index.max()) < COVERS * HUES
    return picture_of(table("angle", dark).take(index)).copy()
