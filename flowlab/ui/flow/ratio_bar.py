"""A bar in a row of the metrics table: the ratio of a figure to that of fresh samples."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.theme import colour

WIDTH, THICK = 22, 6  # px of the bar
DECADES = 2  # of its scale: 1 to 100


class RatioBar(QWidget):
    """Empty at a ratio of 1, where nothing can be distinguished; full at 100; a tick at 10.

    Where a figure is as good as that of fresh samples, the bar is the shortest, and green.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title, self.ratio, self.theme = title, None, DARK
        self.as_good = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name()

    ratio: float | None

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the height of a table row."""
        return QSize(WIDTH, 13)

    def show_ratio(self, ratio: float | None, *, as_good: bool = False) -> None:
        """Show the ratio of a figure to its floor; None hides the bar."""
        if (ratio, as_good) != (self.ratio, self.as_good):
            self.ratio, self.as_good = ratio, as_good
            self._name()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self.update()

    def _name(self) -> None:
        words = "not known" if self.ratio is None else f"{self.ratio:.2f} times"
        words = "as good as fresh samples" if self.as_good else words
        self.setAccessibleName(f"{self.title}, against fresh samples: {words}")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw track, bar and tick."""
        if self.ratio is None:
            return
        painter, theme = QPainter(self), self.theme
        track = QRectF(0, (self.height() - THICK) / 2, self.width(), THICK)
        painter.fillRect(track, colour(theme.line))
        filled = min(1.0, max(0.0, math.log10(max(self.ratio, 1e-9)) / DECADES))
        filled = 0.0 if self.as_good else filled
        bar = QRectF(track.left(), track.top(), max(2.0, filled * track.width()), THICK)
        painter.fillRect(bar, colour(theme.exact if self.as_good else theme.learned))
        middle = round(track.width() / DECADES)
        painter.fillRect(QRectF(middle, track.top(), 1, THICK), colour(theme.panel))
