"""The overlay of the sheet while drawing: brush circle, outlines, handles, axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from flowlab.core.array_types import Doubles
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import Colour, Theme
from flowlab.ui.state.selection import Point, Selection

if TYPE_CHECKING:
    from flowlab.ui.tools.trace import Trace

HANDLE_PX = 28  # px above the selection

Place = tuple[Camera, int, int]


class Drawn(Protocol):
    """The state of the pencil that the overlay shows."""

    tool: str
    mirror: str
    size: float  # diameter of the brush in the plane
    pressure: float
    cursor: Point | None
    erasing: bool
    trace: Trace | None
    corners: list[Point]

    @property
    def selection(self) -> Selection | None:
        """What is selected, if anything is."""

    @property
    def framing(self) -> bool:
        """True while a rectangle is being dragged."""

    def rectangle(self, at: Point) -> Doubles:
        """Return the corners (4, 2) of the rectangle from the drag's start."""


def handle(selection: Selection, pixel: float) -> Point:
    """The place, in the plane, of the handle that turns the selection."""
    return selection.centre[0], float(selection.outline()[:, 1].max()) + HANDLE_PX * pixel


def paint(
    painter: QPainter, pencil: Drawn, camera: Camera, width: int, height: int, theme: Theme
) -> None:
    """Draw the overlay."""
    place = camera, width, height
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _axes(painter, pencil.mirror, place, theme)
    if pencil.corners:
        _open_polygon(painter, pencil, place, theme)
    if pencil.trace is not None and pencil.tool in ("move", "polygon") and not pencil.erasing:
        _outline(painter, pencil.trace.points[:, :2], place, theme)
    if pencil.framing and pencil.cursor is not None:
        _outline(painter, pencil.rectangle(pencil.cursor), place, theme)
    if pencil.selection is not None:
        _selection(painter, pencil.selection, place, theme)
    if pencil.cursor is not None:
        _cursor(painter, pencil, place, theme)
    painter.restore()


def _pixels(points: Doubles, place: Place) -> list[QPointF]:
    camera, width, height = place
    screen = camera.to_screen(points, width, height)
    return [QPointF(float(x), float(y)) for x, y in screen]


def _pen(colour: Colour, width: float = 1.0, dashed: bool = False) -> QPen:
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    return QPen(QColor(*colour), width, style)


def _axes(painter: QPainter, mirror: str, place: Place, theme: Theme) -> None:
    camera, width, height = place
    x, y = (float(v) for v in camera.to_screen(np.zeros(2), width, height))
    painter.setPen(_pen(theme.learned, dashed=True))
    if mirror in ("x", "both"):
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
    if mirror in ("y", "both"):
        painter.drawLine(QPointF(0, y), QPointF(width, y))


def _two_tone(painter: QPainter, shape: list[QPointF], theme: Theme, closed: bool) -> None:
    """Draw a dashed line over its own shade, which is visible on any background."""
    line = QPolygonF([*shape, shape[0]] if closed else shape)
    painter.setPen(_pen(theme.canvas, 3.0))
    painter.drawPolyline(line)
    painter.setPen(_pen(theme.text, 1.2, dashed=True))
    painter.drawPolyline(line)


def _outline(painter: QPainter, points: Doubles, place: Place, theme: Theme) -> None:
    _two_tone(painter, _pixels(points, place), theme, closed=True)


def _open_polygon(painter: QPainter, pencil: Drawn, place: Place, theme: Theme) -> None:
    end = [pencil.cursor] if pencil.cursor is not None else []
    _two_tone(painter, _pixels(np.array([*pencil.corners, *end]), place), theme, closed=False)
    for i, corner in enumerate(_pixels(np.array(pencil.corners), place)):
        _knob(painter, corner, theme, 5.5 if i == 0 else 3.5)


def _knob(painter: QPainter, at: QPointF, theme: Theme, radius: float) -> None:
    painter.setPen(_pen(theme.canvas, 1.5))
    painter.setBrush(QColor(*theme.learned))
    painter.drawEllipse(at, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _selection(painter: QPainter, selection: Selection, place: Place, theme: Theme) -> None:
    camera, _, height = place
    outline = selection.outline()
    for ring in selection.outlines():
        _outline(painter, ring, place, theme)
    top = handle(selection, 1.0 / camera.scale(height))
    stalk = np.array([(top[0], outline[:, 1].max()), top, selection.centre])
    foot, head, centre = _pixels(stalk, place)
    painter.setPen(_pen(theme.learned, 1.2))
    painter.drawLine(foot, head)
    _knob(painter, head, theme, 6.0)
    painter.setPen(_pen(theme.learned, 1.5))
    for dx, dy in ((5.0, 0.0), (0.0, 5.0)):
        painter.drawLine(centre - QPointF(dx, dy), centre + QPointF(dx, dy))


def _cursor(painter: QPainter, pencil: Drawn, place: Place, theme: Theme) -> None:
    """Draw the brush's rim; other tools show the pointer only."""
    if pencil.tool in ("polygon", "move") and not pencil.erasing:
        return
    camera, width, height = place
    x, y = (float(v) for v in camera.to_screen(np.array(pencil.cursor), width, height))
    radius = max(1.5, pencil.size / 2 * camera.scale(height))
    painter.setPen(_pen(theme.canvas, 3.0))
    painter.drawEllipse(QPointF(x, y), radius, radius)
    erasing = pencil.erasing or pencil.tool == "eraser"
    painter.setPen(_pen(theme.warn if erasing else theme.text, 1.2, dashed=erasing))
    painter.drawEllipse(QPointF(x, y), radius, radius)
    if pencil.pressure < 1.0 and pencil.trace is not None:
        painter.drawEllipse(QPointF(x, y), radius * pencil.pressure, radius * pencil.pressure)
