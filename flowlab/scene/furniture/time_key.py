"""The keys above a picture with time across: how each process is drawn, and the density's bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from flowlab.core.array_types import Floats, Ints
from flowlab.scene.base.colours import over
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.time_axes import title_font

TOP, ROW, EDGE = 8.0, 22.0, 16.0
CORNER = 56.0  # width at the top right that the canvas's button takes
SAMPLE, GAP = 30.0, 22.0  # width of a line that shows a style, and distance of two entries
BAR = 110.0, 10.0
STRONGEST = 0.72  # opacity of the density's colour where it is highest
SHADES = 256

SMOOTH, JAGGED, BROKEN, DOTTED = "smooth", "jagged", "broken", "dotted"
WIDTHS = {SMOOTH: 2.4, JAGGED: 1.0, BROKEN: 1.0, DOTTED: 1.0}
DASHES = {BROKEN: [9.0, 3.0, 2.0, 3.0], DOTTED: [3.0, 3.0]}


@dataclass(frozen=True)
class KeyEntry:
    """One entry: a line in its style, or the bar of densities between 0 and what `text` says."""

    text: str
    colour: Colour | None = None
    look: str = ""  # SMOOTH, JAGGED, BROKEN or DOTTED; empty for the bar
    before: str = ""
    spare: bool = False  # left out rather than begin a row

    @property
    def pictured(self) -> float:
        """The width of what the words explain."""
        return SAMPLE + 6 if self.look else BAR[0] + 6 if self.before else 0.0


def rows_of(entries: Sequence[KeyEntry], width: float) -> list[list[KeyEntry]]:
    """The entries row by row, as they fit on a canvas of this width."""
    metrics, rows, used = QFontMetricsF(title_font()), [[]], EDGE  # type: ignore[var-annotated]
    for entry in entries:
        wide = _width(metrics, entry)
        full = bool(rows[-1]) and used + wide > width - CORNER
        if full and entry.spare:
            continue
        if full:
            rows.append([])
            used = EDGE
        rows[-1].append(entry)
        used += wide + GAP
    return rows


def height_of(entries: Sequence[KeyEntry], width: float) -> float:
    """The height that all rows take."""
    return TOP + ROW * len(rows_of(entries, width))


def _width(metrics: QFontMetricsF, entry: KeyEntry) -> float:
    before = metrics.horizontalAdvance(entry.before) + 6 if entry.before else 0.0
    return before + entry.pictured + metrics.horizontalAdvance(entry.text)


def paint_key(painter: QPainter, stage: Stage, entries: Sequence[KeyEntry], ground: Colour) -> None:
    """Draw all rows; the bar has the shades of the ground."""
    painter.setFont(title_font())
    metrics = QFontMetricsF(painter.font())
    for k, row in enumerate(rows_of(entries, stage.width)):
        x, base = EDGE, TOP + ROW * (k + 1) - 6
        for entry in row:
            _paint_entry(painter, stage, entry, QPointF(x, base), ground)
            x += _width(metrics, entry) + GAP


def _paint_entry(
    painter: QPainter, stage: Stage, entry: KeyEntry, at: QPointF, ground: Colour
) -> None:
    metrics, x, middle = QFontMetricsF(painter.font()), at.x(), at.y() - 4.5
    if entry.before:
        painter.setPen(rgba(stage.theme.dim))
        painter.drawText(at, entry.before)
        x += metrics.horizontalAdvance(entry.before) + 6
    if entry.look and entry.colour is not None:
        _paint_sample(painter, stage, entry.look, entry.colour, QPointF(x, middle))
    elif entry.before:
        bar = QRectF(x, middle - BAR[1] / 2, *BAR)
        painter.drawImage(bar, _bar(ground))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stage.pen(stage.theme.dim, 0.6))
        painter.drawRect(bar)
    painter.setPen(rgba(stage.theme.text if entry.look else stage.theme.dim))
    painter.drawText(QPointF(x + entry.pictured, at.y()), entry.text)


def _paint_sample(painter: QPainter, stage: Stage, look: str, colour: Colour, at: QPointF) -> None:
    rise = [0.0] if look == SMOOTH else [0, 3, -4, 2, -2, 4, -3, 1, 0]
    across = np.linspace(0.0, SAMPLE, max(2, len(rise))).tolist()
    points = [QPointF(at.x() + x, at.y() + y) for x, y in zip(across, rise * 2, strict=False)]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(styled(stage, look, colour))
    painter.drawPolyline(QPolygonF(points))


def styled(stage: Stage, look: str, colour: Colour, alpha: float = 1.0, by: float = 1.0) -> QPen:
    """The pen of a process: each has a style of its own, whatever the colour."""
    pen = stage.pen(over(stage.theme, colour, alpha), 1.0, by * WIDTHS[look])
    if look in DASHES:
        pen.setDashPattern(DASHES[look])
    return pen


@lru_cache(maxsize=8)
def shades(ground: Colour) -> Ints:
    """Premultiplied pixels (SHADES,) uint32 of densities from 0 to the top: ever more opaque."""
    alpha = STRONGEST * np.linspace(0.0, 1.0, SHADES) ** 0.7
    channels = np.rint(np.array([*ground, 255.0])[:, None] * alpha).astype(np.uint32)
    red, green, blue, covers = channels
    packed: Ints = (covers << 24) | (red << 16) | (green << 8) | blue
    packed.setflags(write=False)
    return packed


def shaded(values: Floats, top: float, ground: Colour) -> QImage:
    """The image of densities (H, W), clear at 0 and where they are unknown (NaN)."""
    level = np.nan_to_num(values * (SHADES / top), nan=0.0, posinf=SHADES).clip(0, SHADES - 1)
    pixels = np.ascontiguousarray(shades(ground)[level.astype(np.intp)])
    form = QImage.Format.Format_ARGB32_Premultiplied
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, form).copy()


@lru_cache(maxsize=8)
def _bar(ground: Colour) -> QImage:
    return shaded(np.linspace(0.0, 1.0, SHADES, dtype=np.float32)[None], 1.0, ground)


def paint_mark(
    painter: QPainter, stage: Stage, look: str, at: QPointF, colour: Colour, radius: float
) -> None:
    """A particle: a dot of a smooth path, a ring of a jagged one, a diamond of a dotted one."""
    filled = look == SMOOTH
    painter.setBrush(rgba(colour if filled else stage.theme.canvas))
    edge, width = (stage.theme.canvas, 1.0) if filled else (colour, 1.6)
    painter.setPen(stage.pen(edge, 1.0, width))
    if look == DOTTED:
        around = ((0, -1), (1, 0), (0, 1), (-1, 0))
        points = [QPointF(at.x() + radius * x, at.y() + radius * y) for x, y in around]
        painter.drawPolygon(QPolygonF(points))
    else:
        painter.drawEllipse(at, radius, radius)
