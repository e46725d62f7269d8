"""Drawing matching lines on the canvas, each from a source point to its target.

The tool takes the pencil's place on the canvas.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF

from flowlab.core.array_types import Floats
from flowlab.core.document.coupling import MOST_LINES
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import Theme
from flowlab.scene.furniture.ground import small_font
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.base.keyboard import COMMANDS

Point = tuple[float, float]

CLICK_PX, NEAR_PX = 5.0, 10.0
HEAD_PX = 11.0
HINT = (
    "Drag from where source points start to where they should go  ·  ends move  ·  "
    "a right click removes  ·  wheel: reach  ·  Esc: done"
)
HINT_FLAGS = (Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap).value
KEY_ROWS = (
    KeyRow("Drag", "A line from where source points start to where they should go; ends move"),
    KeyRow("Right click", "Remove the line"),
    KeyRow("Wheel", "How far around its start a line reaches"),
    KeyRow("Backspace", "Remove the last line (also Delete)"),
    KeyRow("Esc", "Drop what is begun; then stop drawing"),
)
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class LineTool(QObject):
    """Turns gestures into lines; `drawn` carries all of them after each finished gesture."""

    changed = Signal()  # the overlay is out of date
    drawn = Signal(object)  # (k, 4) float64
    reach_changed = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.camera, self.width, self.height = Camera(), 1, 1
        self.lines: Floats = np.zeros((0, 4))
        self.reach = 1.0
        self.hinting = True  # until the first gesture: the hint lies over the picture
        self._grip: tuple[int, int] | None = None  # the line, and its end, that is dragged
        self._before: Floats = self.lines  # before the gesture

    def show(self, lines: Floats, reach: float) -> None:
        """Show these lines."""
        if self._grip is None:
            self.lines, self.reach = np.array(lines, np.float64).reshape(-1, 4), reach
            self.changed.emit()

    def begin(self, camera: Camera, width: int, height: int) -> None:
        """Set how pixels map to the plane; must be called whenever that changes."""
        self.camera, self.width, self.height = camera, max(1, width), max(1, height)

    @property
    def busy(self) -> bool:
        """True while Escape has something to cancel."""
        return self._grip is not None

    # pointer

    def press(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,  # noqa: ARG002  # as the pencil's
        buttons: Qt.MouseButton = Qt.MouseButton.LeftButton,
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,  # noqa: ARG002
    ) -> None:
        """Start a line, or grab an end; with the right button, remove a line."""
        if self._grip is not None:
            return
        self.hinting = False
        if buttons & Qt.MouseButton.RightButton:
            self._remove(self._line_at(x, y))
            return
        self._before = self.lines
        self._grip = self._end_at(x, y)
        if self._grip is None and len(self.lines) < MOST_LINES:
            at = self._plane(x, y)
            self.lines = np.vstack([self.lines, [*at, *at]])
            self._grip = len(self.lines) - 1, 1
        self.changed.emit()

    def move(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,  # noqa: ARG002
        buttons: Qt.MouseButton = Qt.MouseButton.LeftButton,  # noqa: ARG002
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,  # noqa: ARG002
    ) -> None:
        """Drag the grabbed end."""
        if self._grip is not None:
            line, end = self._grip
            self.lines = self.lines.copy()
            self.lines[line, 2 * end : 2 * end + 2] = self._plane(x, y)
            self.changed.emit()

    def release(
        self,
        x: float,
        y: float,
        pressure: float = 1.0,
        buttons: Qt.MouseButton = Qt.MouseButton.NoButton,
        modifiers: Qt.KeyboardModifier = NO_MODIFIER,
    ) -> None:
        """End the gesture; a click without a line leaves no line."""
        if self._grip is None:
            return
        self.move(x, y, pressure, buttons, modifiers)
        new, (line, _) = len(self.lines) > len(self._before), self._grip
        self._grip = None
        start, end = self._screen()[line]
        if new and math.dist(start, end) < CLICK_PX:
            self.lines = self._before
        if not np.array_equal(self.lines, self._before):
            self.drawn.emit(self.lines)
        self.changed.emit()

    def double_click(self, x: float, y: float) -> None:
        """Press once more."""
        self.press(x, y)

    def wheel(self, delta: float) -> None:
        """Change the reach of all lines; 120 is one notch."""
        self.reach_changed.emit(self.reach * 1.1 ** (delta / 120))

    def _remove(self, line: int | None) -> None:
        if line is not None:
            self.lines = np.delete(self.lines, line, 0)
            self.drawn.emit(self.lines)
            self.changed.emit()

    def cancel(self) -> None:
        """Drop the present gesture."""
        if self._grip is not None:
            self.lines, self._grip = self._before, None
            self.changed.emit()

    # keys

    def wants(self, event: QKeyEvent) -> bool:
        """Return True if `key` would use this event, so that no shortcut takes it first."""
        key = Qt.Key(event.key())
        if event.modifiers() & COMMANDS:
            return False
        removes = key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and len(self.lines) > 0
        return removes or (key == Qt.Key.Key_Escape and self.busy)

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key; return False if it has no use here."""
        if event.type() == QEvent.Type.KeyRelease or not self.wants(event):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif not self.busy:
            self._remove(len(self.lines) - 1)
        return True

    # geometry

    def _plane(self, x: float, y: float) -> Point:
        return self.camera.to_plane(x, y, self.width, self.height)

    def _screen(self) -> Floats:
        """Return pixels (k, 2, 2) of both ends of each line."""
        return self.camera.to_screen(self.lines.reshape(-1, 2, 2), self.width, self.height)

    def _end_at(self, x: float, y: float) -> tuple[int, int] | None:
        gaps = np.linalg.norm(self._screen() - (x, y), axis=2)
        if not gaps.size or gaps.min() > NEAR_PX:
            return None
        line, end = divmod(int(gaps.argmin()), 2)
        return line, end

    def _line_at(self, x: float, y: float) -> int | None:
        """Return the index of the line near a pixel, or None."""
        ends = self._screen()
        if not len(ends):
            return None
        d = ends[:, 1] - ends[:, 0]
        share = ((np.array([x, y]) - ends[:, 0]) * d).sum(1) / np.maximum((d * d).sum(1), 1e-9)
        gaps = np.linalg.norm(ends[:, 0] + share.clip(0, 1)[:, None] * d - (x, y), axis=1)
        return int(gaps.argmin()) if gaps.min() <= NEAR_PX else None

    # painting

    def paint_overlay(
        self, painter: QPainter, camera: Camera, width: int, height: int, theme: Theme
    ) -> None:
        """Draw every line with its reach, and a hint before the first gesture."""
        self.begin(camera, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self.reach * camera.scale(height)
        for start, end in self._screen().tolist():
            _paint_line(painter, QPointF(*start), QPointF(*end), radius, theme)
        if self.hinting:
            _paint_hint(painter, width, theme)
        painter.restore()


def _paint_line(
    painter: QPainter, start: QPointF, end: QPointF, radius: float, theme: Theme
) -> None:
    faint = QColor(*theme.source)
    faint.setAlphaF(0.55)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(faint, 1.0, Qt.PenStyle.DashLine))
    painter.drawEllipse(start, radius, radius)
    painter.setPen(QPen(QColor(*theme.text), 2.0))
    painter.drawLine(start, end)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*theme.source))
    painter.drawEllipse(start, 4.5, 4.5)
    painter.setBrush(QColor(*theme.target))
    painter.drawPolygon(_head(start, end))


def _head(start: QPointF, end: QPointF) -> QPolygonF:
    """An arrow head; as small as a dot if the line has no length."""
    angle = math.atan2(end.y() - start.y(), end.x() - start.x())
    corners = [end + QPointF(3 * math.cos(angle), 3 * math.sin(angle))]
    for turn in (2.6, -2.6):
        offset = QPointF(math.cos(angle + turn), math.sin(angle + turn))
        corners.append(end + offset * HEAD_PX)
    return QPolygonF(corners)


def _paint_hint(painter: QPainter, width: int, theme: Theme) -> None:
    painter.setFont(small_font())
    metrics = painter.fontMetrics()
    room = QRect(24, 18, width - 48, 1000)  # more lines where the canvas is narrow
    text = metrics.boundingRect(room, HINT_FLAGS, HINT)
    box = QRectF(text).adjusted(-12, -6, 12, 6)
    painter.setPen(QColor(*theme.line))
    painter.setBrush(QColor(*theme.panel))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QColor(*theme.dim))
    painter.drawText(room, HINT_FLAGS, HINT)
