"""Scrolling to a widget, also to one that has only just been shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QScrollArea, QWidget

NESTED = 6  # layouts inside each other


def bring_in_sight(widget: QWidget, margin: int = 8) -> None:
    """Scroll as little as it takes to see a visible widget, and `margin` pixels around it."""
    area = scroll_area_of(widget)
    if area is not None and widget.isVisible():
        _lay_out_now()
        area.ensureWidgetVisible(widget, margin, margin)


def scroll_area_of(widget: QWidget) -> QScrollArea | None:
    """The scrolling area that the widget lies in."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return parent


def _lay_out_now() -> None:
    """Give everything that has just been opened its place."""
    for _ in range(NESTED):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
