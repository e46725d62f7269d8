"""What the parts of a plot, such as its axes and its menu, need of the plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from flowlab.core.array_types import Floats
from flowlab.scene.base.style import Theme
from flowlab.ui.plots.curve import Curve, Span


@dataclass(frozen=True)
class Reading:
    """The values at one place of the horizontal axis."""

    x: float  # place on the axis
    spots: tuple[tuple[float, float], ...]  # points with a ring
    words: str
    line: bool = True  # draws a line across the whole plot


class Ranges(Protocol):
    """The ranges of a plot's axes."""

    view_box: Any  # pyqtgraph's view
    home: tuple[Span, Span]  # the full range
    log_x: bool
    log_y: bool


class Painted(Ranges, Protocol):
    """A plot as its axes paint it."""

    curves: tuple[Curve, ...]
    title: str
    across: str
    invitation: str
    theme: Theme
    legend: bool
    framed: bool

    def rect(self) -> QRect:
        """Return the rectangle of the whole plot."""

    def box(self) -> QRectF:
        """Return the box of the curves, in pixels."""

    def level_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return ticks of the horizontal axis."""

    def upright_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        """Return ticks of the vertical axis."""


class Readable(Painted, Protocol):
    """A plot whose values can be read."""

    @property
    def pointer(self) -> QPointF | None:
        """The cursor's pixel while it is over the plot."""

    @property
    def all_place(self) -> QRect:
        """The place of the mark that shows all again; empty while everything is visible."""

    def viewport(self) -> QWidget:
        """Return the widget that shows the plot."""

    def pixel(self, x: float, y: float) -> QPointF:
        """Return the pixel of a place."""

    def pointed(self, pixel: QPointF | None) -> None:
        """Show the values under the cursor."""

    def reading(self, x: float) -> Reading | None:
        """Return the values at a place of the horizontal axis."""

    def stops(self) -> Floats:
        """Return the places on the horizontal axis at which the arrow keys stop."""


class Saved(Protocol):
    """A plot that can be copied and saved."""

    curves: tuple[Curve, ...]
    zoomed: bool

    def widget(self) -> QWidget:
        """Return the plot as the parent of menus and dialogs."""

    def accessibleName(self) -> str:  # Qt's name
        """Return the name for screen readers."""

    def show_all(self) -> None:
        """Show the full range."""

    def table(self) -> str:
        """Return all numbers as text separated by tabs."""

    def saved_size(self) -> QSize:
        """Return the size of a saved picture, in pixels of the screen."""

    def paint_on(self, painter: QPainter, target: QRectF) -> None:
        """Paint the plot as visible, without the read-out."""
