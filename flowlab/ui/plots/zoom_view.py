"""A pyqtgraph view of one box that zooms about the cursor, pans, and returns to the full range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QSizePolicy

from flowlab.ui.plots.curve import Span

Margins = tuple[float, float, float, float]  # px: left, above, right, below

ZOOM = 0.8  # factor of a notch of the wheel on the visible range
LEAST = 1e-3  # smallest visible part of the full range
ULPS = 64  # fewest distinct numbers in the visible range
BACK = (Qt.Key.Key_Home, Qt.Key.Key_Escape)
BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
ZOOMS = {
    Qt.Key.Key_Plus: ZOOM,
    Qt.Key.Key_Equal: ZOOM,
    Qt.Key.Key_Minus: 1 / ZOOM,
}


class ZoomView(pg.GraphicsView):
    """Mouse, wheel and keys change the visible part of the plane; `home` is all of it."""

    zooms = (True, True)  # whether the horizontal and the vertical axis zoom
    view_box: Any = None  # pyqtgraph's view resizes itself before it exists

    def __init__(self, margins: Margins) -> None:
        super().__init__(background=None)
        self.margins = margins
        self.home: tuple[Span, Span] = (0.0, 1.0), (0.0, 1.0)
        self.zoomed = self.framed = False
        self._held: QPointF | None = None  # last place of a pan
        self._pointer: QPointF | None = None
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.view_box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.view_box.disableAutoRange()
        self.scene().addItem(self.view_box)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("keeps_focus", True)  # after a click, to copy and to zoom

    @property
    def pointer(self) -> QPointF | None:
        """The cursor's pixel while it is over the plot."""
        return self._pointer

    def box(self) -> QRectF:
        """Return the box of the curves, in pixels."""
        left, above, right, below = self.margins
        return QRectF(self.rect()).adjusted(left, above, -right, -below)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # Qt's name
        """Resize the box."""
        super().resizeEvent(event)
        if self.view_box is not None:
            self.view_box.setGeometry(self.box())

    def close(self) -> bool:  # Qt's name
        """Close as any widget does: pyqtgraph's version destroys a scene that Qt still paints."""
        return QGraphicsView.close(self)

    # places; on a logarithmic axis they are logarithms

    def pixel(self, x: float, y: float) -> QPointF:
        """Return the pixel of a place."""
        (x0, x1), (y0, y1) = self.view_box.viewRange()
        box = self.box()
        return QPointF(
            box.left() + (x - x0) / (x1 - x0) * box.width(),
            box.bottom() - (y - y0) / (y1 - y0) * box.height(),
        )

    def place(self, pixel: QPointF) -> tuple[float, float]:
        """Return the place under a pixel."""
        (x0, x1), (y0, y1) = self.view_box.viewRange()
        box = self.box()
        return (
            x0 + (pixel.x() - box.left()) / box.width() * (x1 - x0),
            y0 + (box.bottom() - pixel.y()) / box.height() * (y1 - y0),
        )

    # visible range

    def show_span(self, x: Span, y: Span) -> None:
        """Set the full range, and show it unless the user has zoomed."""
        if (x, y) != self.home:
            self.home = x, y
            self._look(self.view_box.viewRange() if self.zoomed else self.home)

    def show_all(self) -> None:
        """Show the full range."""
        if self._look(self.home):
            self.looked()

    @property
    def zoomable(self) -> bool:
        """Whether there is something to zoom."""
        return any(self.zooms)

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Scale the visible range by `factor`; the place of the pixel `about` doesn't move."""
        if not self.zoomable:
            return
        at = self.place(self.box().center() if about is None else about)
        spans = self.view_box.viewRange()
        factors = [factor if each else 1.0 for each in self.zooms]
        x, y = (
            (c + (low - c) * f, c + (high - c) * f)
            for f, c, (low, high) in zip(factors, at, spans, strict=True)
        )
        if self._look((x, y)):
            self.looked()

    def pan(self, by: QPointF) -> None:
        """Move the visible range by pixels."""
        (x0, x1), (y0, y1) = self.view_box.viewRange()
        dx = by.x() / self.box().width() * (x1 - x0)
        dy = by.y() / self.box().height() * (y1 - y0)
        if self._look(((x0 - dx, x1 - dx), (y0 + dy, y1 + dy))):
            self.looked()

    def _look(self, spans: tuple[Span, Span]) -> bool:
        """Set the visible range; return True if it has changed."""
        seen = tuple(inside(*pair) for pair in zip(spans, self.home, strict=True))
        self._set_zoomed(seen != self.home)
        if seen == tuple(map(tuple, self.view_box.viewRange())):
            return False
        self.view_box.setRange(xRange=seen[0], yRange=seen[1], padding=0)
        self.view_box.prepareForPaint()  # otherwise the first paint asks for a second one
        return True

    def _set_zoomed(self, zoomed: bool) -> None:
        self.zoomed = zoomed

    def looked(self) -> None:
        """React to a change of the visible range or of the margins."""

    # mouse and keys

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Zoom about the cursor, except while a panel below a resting cursor is scrolling."""
        turned = event.angleDelta().y()
        idle = not self.zoomable or (turned < 0 and not self.zoomed)
        if self._pointer is None or not turned or idle:
            event.ignore()
            return
        self.zoom(ZOOM ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Grab the plane."""
        if event.button() == Qt.MouseButton.LeftButton and self.zoomed:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Pan, or read the values under the cursor."""
        now = self._pointer = event.position()
        if self._held is not None:
            self.pan(now - self._held)
            self._held = now
        self.pointed(now)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002  # Qt's name
        """Release the plane."""
        if self._held is not None:
            self._held = None
            self.unsetCursor()
            self.pointed(self._pointer)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Show the full range."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.show_all()

    def leaveEvent(self, event: Any) -> None:  # noqa: ARG002  # Qt's name
        """Clear the read-out."""
        self._pointer = None
        self.pointed(None)

    def pointed(self, pixel: QPointF | None) -> None:
        """React to the cursor's pixel, or None."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Zoom with keys, or show the full range."""
        key = Qt.Key(event.key())
        if key in ZOOMS:
            self.zoom(ZOOMS[key])
        elif self.zoomed if key == Qt.Key.Key_Escape else self.zoomable and key in BACK:
            self.show_all()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show that keys go to this plot, for keyboard users."""
        super().focusInEvent(event)
        self._frame(self.framed or event.reason() in BY_KEYS)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show that keys don't go to this plot."""
        super().focusOutEvent(event)
        self._frame(self.framed and event.reason() in PASSING)

    def _frame(self, framed: bool) -> None:
        if framed != self.framed:
            self.framed = framed
            self.looked()


def inside(seen: Span, home: Span) -> Span:
    """The range of the size of `seen`, within limits, nearest to it inside `home`."""
    full = home[1] - home[0]
    fine = ULPS * float(np.spacing(max(map(abs, home))))
    size = min(full, max(seen[1] - seen[0], LEAST * full, fine))
    low = min(max(seen[0], home[0]), home[1] - size)
    return home if size >= full * (1 - 1e-9) else (low, low + size)
