"""A placeholder for a plot, which is created with its first curves to speed up start-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from flowlab.core.array_types import Floats
from flowlab.scene.base.style import DARK, FONT_SMALL, Theme
from flowlab.ui.base.theme import colour, font
from flowlab.ui.plots.curve import Curve, Span, sentences

if TYPE_CHECKING:
    from flowlab.ui.plots.plot import Plot

__all__ = ["Chart", "Curve", "Floats"]

HEIGHT = 100  # px


class Chart(QWidget):
    """A chart whose plot is created with its first curves, when pyqtgraph has been imported."""

    def __init__(
        self,
        title: str,
        across: str,
        *,
        log_x: bool = False,
        log_y: bool = False,
        tip: str = "",
        legend: bool = True,
        height: int = HEIGHT,
    ) -> None:
        super().__init__()
        self.legend, self.height_wanted = legend, height
        self.title, self.across, self.log_x, self.log_y = title, across, log_x, log_y
        self.theme, self.curves = DARK, tuple[Curve, ...]()
        self.invitation = ""
        self.marked: float | None = None
        self._plot: Plot | None = None
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{title} against {across}")
        self.setToolTip(tip)
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    @property
    def plot(self) -> Plot:
        """The plot, created on first use."""
        if self._plot is None:
            self._plot = self._make()
        return self._plot

    def _make(self) -> Plot:
        from flowlab.ui.plots.plot import Plot

        made = Plot(
            self.title,
            self.across,
            log_x=self.log_x,
            log_y=self.log_y,
            height=self.height_wanted,
            legend=self.legend,
            tip=self.toolTip(),
            theme=self.theme,
        )
        made.setAccessibleName(self.accessibleName())
        made.invite(self.invitation)
        made.mark(self.marked)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(made)
        return made

    def show_curves(self, *curves: Curve, spans: tuple[Span, Span] | None = None) -> None:
        """Draw these curves; `spans` is the full range of both axes, by default the curves'."""
        self.curves = curves
        if curves or self._plot is not None:
            self.plot.show_curves(*curves, spans=spans)

    def set_across(self, across: str) -> None:
        """Name the horizontal axis."""
        self.across = across
        if self._plot is not None:
            self._plot.across = across

    def mark(self, x: float | None) -> None:
        """Mark this value on the horizontal axis, or none."""
        self.marked = x
        if self._plot is not None:
            self._plot.mark(x)

    def invite(self, words: str) -> None:
        """Show why there is nothing to draw."""
        self.invitation = words
        if self._plot is not None:
            self._plot.invite(words)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        if self._plot is not None:
            self._plot.set_theme(theme)
        self.update()

    def setAccessibleDescription(self, words: str) -> None:  # Qt's name
        """Describe the plot in words."""
        super().setAccessibleDescription(words)
        if self._plot is not None:
            self._plot.setAccessibleDescription(words)

    def spot(self, x: float, y: float) -> QPointF:
        """Return the pixel of a pair of values."""
        return self.plot.spot(x, y)

    def words(self) -> str:
        """Return the curves in words, for screen readers."""
        return sentences(self.title, self.curves)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Show the explanation until there is a plot."""
        if self._plot is not None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(self.theme.raised))
        painter.setFont(font(FONT_SMALL))
        painter.setPen(colour(self.theme.dim))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(10, 4, -10, -4), flags, self.invitation)
