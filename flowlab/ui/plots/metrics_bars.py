"""Small bars of the metrics panel: a ratio to a noise floor, and two errors side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from flowlab.scene.base.style import DARK, FONT_SMALL, Theme
from flowlab.ui.base.theme import colour, font

if TYPE_CHECKING:
    from flowlab.work.figures import Figure

WIDTH, THICK = 30, 6  # px of a ratio's bar
DECADES = 2  # that it spans: 1 to 100
HEIGHT, LINE = 92, 15  # px of the two bars with their words
NONE = "—"


class RatioBar(QWidget):
    """Empty at 1, where there is nothing left to tell apart; full at 100; a tick at 10."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title, self.ratio, self.theme = title, None, DARK
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name()

    ratio: float | None

    def sizeHint(self) -> QSize:  # Qt's name
        """As a line of the table."""
        return QSize(WIDTH, 13)

    def show_ratio(self, ratio: float | None) -> None:
        """Of a figure to its floor; None leaves the place empty."""
        if ratio != self.ratio:
            self.ratio = ratio
            self._name()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self.update()

    def _name(self) -> None:
        words = "not known" if self.ratio is None else f"{self.ratio:.2f} times"
        self.setAccessibleName(f"{self.title}, against its noise floor: {words}")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Track, bar and tick."""
        if self.ratio is None:
            return
        painter, theme = QPainter(self), self.theme
        track = QRectF(0, (self.height() - THICK) / 2, self.width(), THICK)
        painter.fillRect(track, colour(theme.line))
        filled = min(1.0, max(0.0, math.log10(max(self.ratio, 1e-9)) / DECADES))
        near = self.ratio < 2
        bar = QRectF(track.left(), track.top(), max(2.0, filled * track.width()), THICK)
        painter.fillRect(bar, colour(theme.exact if near else theme.learned))
        middle = round(track.width() / DECADES)
        painter.fillRect(QRectF(middle, track.top(), 1, THICK), colour(theme.panel))


class CauseBars(QWidget):
    """Model error and integration error on one scale, so that the larger cause is seen."""

    TITLES = ("model error", "integration error")
    TIPS = (
        "Model error: the learned against the exact field, both carried by many fine steps",
        "Integration error: the document's solver against many fine steps, on the learned field",
    )

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.values: tuple[float | None, float | None] = (None, None)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_figures(None, None)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self.update()

    def show_figures(self, model: Figure | None, integration: Figure | None) -> None:
        """The two errors, each where it is known."""
        figures = (model, integration)
        self.values = tuple(None if f is None else f.value for f in figures)  # type: ignore[assignment]
        rest = "Root mean square distance of the arrivals, relative to their rms radius."
        notes = [
            f"{tip}: {percent(value)}" + (f" ({f.note})" if f is not None and f.note else "")
            for tip, value, f in zip(self.TIPS, self.values, figures, strict=True)
        ]
        n = next((f.n for f in figures if f is not None and f.n), 0)
        words = "\n".join([*notes, rest + (f" n = {n:,}" if n else "")])
        if words != self.toolTip():
            self.setToolTip(words)
            pairs = zip(self.TITLES, self.values, strict=True)
            self.setAccessibleName(", ".join(f"{t} {percent(v)}" for t, v in pairs))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Two columns that stand on one line, each with its figure above and its name below."""
        painter, theme = QPainter(self), self.theme
        painter.setFont(font(FONT_SMALL))
        base, room = self.height() - LINE - 3, self.height() - 2 * LINE - 6
        top = max((v for v in self.values if v is not None), default=0.0)
        half = self.width() / 2
        for i, (title, value) in enumerate(zip(self.TITLES, self.values, strict=True)):
            tall = room * value / top if value is not None and top > 0 else 0.0
            bar = QRectF(i * half + 0.3 * half, base - max(1.0, tall), 0.4 * half, max(1.0, tall))
            if value is not None:
                painter.fillRect(bar, colour((theme.learned, theme.source)[i]))
            painter.setPen(colour(theme.text))
            above = QRectF(i * half, bar.top() - LINE - 1, half, LINE)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, percent(value))
            painter.setPen(colour(theme.dim))
            below = QRectF(i * half, base + 3, half, LINE)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, title)
        painter.setPen(QPen(colour(theme.line), 1))
        painter.drawLine(0, base, self.width(), base)


def percent(value: float | None) -> str:
    """Two significant digits in per cent, or a dash."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{100 * value:.2g} %" if value < 0.995 else f"{100 * value:.0f} %"
