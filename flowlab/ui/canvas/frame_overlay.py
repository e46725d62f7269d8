"""The developer overlay (Ctrl+Shift+F) in a corner: the time used by the parts of each frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHideEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from flowlab.scene.base.style import FONT_SMALL, Colour, Theme
from flowlab.ui.base.theme import font
from flowlab.ui.state.frame_budget import FRAME, Cost, FrameBudget

Facts = Callable[[], list[tuple[str, str]]]

MARGIN, PADDING, LINE = 12, 10, 16  # px: from the edge, inside, of a row of text
TOP = 56  # px, below the switches at the canvas's corner
BARS, BAR, CHART, EDGE = 120, 2, 48, 48  # frames in the chart; px: bar, chart's height, its edge
WIDTH = BARS * BAR + EDGE + 2 * PADDING
REFRESH_MS = 200  # figures that change faster can't be read
SEEN_SECONDS = 3.0  # period that the figures summarise
TALLEST = 2 * FRAME  # seconds at the chart's top
TITLE, LABELS = "Frame budget", ("work", "canvas", "rest")


class FrameOverlay(QWidget):
    """A picture of the frame budget, drawn a few times a second and otherwise copied."""

    def __init__(self, canvas: QWidget, budget: FrameBudget, facts: Facts, theme: Theme) -> None:
        super().__init__(canvas)
        self.budget, self.facts, self.theme = budget, facts, theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # no painting of the canvas below
        self.setAccessibleName(TITLE)
        self._picture: QPixmap | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        canvas.installEventFilter(self)
        self._place()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay in the corner when the canvas is resized."""
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Copy the picture to the screen, drawn again if it is out of date."""
        if self._picture is None:
            self._picture = self._pixmap()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Start the timer."""
        super().showEvent(event)
        self._timer.start()
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Stop the timer, so that a hidden overlay costs nothing."""
        super().hideEvent(event)
        self._timer.stop()

    def _refresh(self) -> None:
        self._picture = None
        self.update()

    def lines(self) -> list[tuple[str, str]]:
        """Return the figures as names and values."""
        figures = self.budget.figures(SEEN_SECONDS)
        late = f"{figures.late_p50:.1f} · {figures.late_p99:.1f} · {figures.late_max:.1f} ms"
        return [
            ("total  median · p99", f"{figures.total:.1f} · {figures.total_p99:.1f} ms"),
            (
                "work · canvas · rest",
                f"{figures.work:.1f} · {figures.paint:.1f} · {figures.rest:.1f} ms",
            ),
            ("late  p50 · p99 · max", late),
            ("frames a second", f"{figures.frames_per_second:.0f}, {figures.missed} missed"),
            *self.facts(),
        ]

    def _place(self) -> None:
        canvas = self.parentWidget()
        assert canvas is not None
        height = 2 * PADDING + LINE * (5 + len(self.facts())) + CHART + 10
        self.setGeometry(canvas.width() - WIDTH - MARGIN, TOP, WIDTH, height)

    def _pixmap(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap((self.size() * ratio).expandedTo(self.size()))
        picture.setDevicePixelRatio(ratio)
        picture.fill(_colour(self.theme.panel))
        painter = QPainter(picture)
        painter.setPen(QPen(_colour(self.theme.line), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setFont(font(FONT_SMALL))
        inner = QRectF(self.rect()).adjusted(PADDING, PADDING, -PADDING, -PADDING)
        self._paint_title(painter, inner)
        for i, (name, words) in enumerate(self.lines(), 1):
            row = QRectF(inner.left(), inner.top() + i * LINE, inner.width(), LINE)
            painter.setPen(_colour(self.theme.dim))
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(_colour(self.theme.text))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight, words)
        self._paint_chart(painter, inner.adjusted(0, inner.height() - CHART, 0, 0))
        painter.end()
        return picture

    def _paint_title(self, painter: QPainter, inner: QRectF) -> None:
        """Draw the title, and at the right the meanings of the chart's colours."""
        plain, bold = painter.font(), QFont(painter.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(_colour(self.theme.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft, TITLE)
        painter.setFont(plain)
        x, metrics = inner.right(), QFontMetrics(plain)
        for words, colour in reversed(list(zip(LABELS, self._colours(), strict=True))):
            x -= metrics.horizontalAdvance(words)
            painter.setPen(_colour(self.theme.dim))
            painter.drawText(QPointF(x, inner.top() + metrics.ascent()), words)
            x -= 11
            painter.fillRect(QRectF(x, inner.top() + metrics.ascent() - 8, 8, 8), colour)
            x -= 8

    def _paint_chart(self, painter: QPainter, box: QRectF) -> None:
        """Draw the latest frames as bars, and a line at the time they should not exceed."""
        costs = list(self.budget.costs)[-BARS - 1 : -1]  # without the frame that is being painted
        ground = _colour(self.theme.raised)
        painter.drawImage(box.topLeft(), bars(costs, (*self._colours(), ground)))
        y = box.bottom() - CHART * FRAME / TALLEST
        painter.setPen(QPen(_colour(self.theme.warn), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(box.left(), y), QPointF(box.left() + BARS * BAR, y))
        side = QRectF(box.left() + BARS * BAR + 5, y - LINE / 2, EDGE, LINE)
        painter.drawText(side, Qt.AlignmentFlag.AlignVCenter, f"{1e3 * FRAME:.1f} ms")

    def _colours(self) -> tuple[QColor, QColor, QColor]:
        theme = self.theme
        return _colour(theme.source), _colour(theme.learned), _colour(theme.dim)


def bars(costs: Sequence[Cost], colours: Sequence[QColor]) -> QImage:
    """Stacked bars of the costs, newest at the right: work, canvas, rest, then background."""
    parts = np.array([(c.work, c.paint, c.rest) for c in costs], np.float32).reshape(-1, 3)
    heights = np.zeros((BARS, 3), np.float32)
    heights[BARS - len(parts) :] = np.cumsum(parts, axis=1) * (CHART / TALLEST)
    rows = CHART - 0.5 - np.arange(CHART, dtype=np.float32)
    which = np.sum(rows[:, None, None] > heights, axis=2)
    table = np.array([colour.rgb() for colour in colours], np.uint32)
    pixels = np.repeat(table[which], BAR, axis=1)
    image = QImage(pixels.data, BARS * BAR, CHART, QImage.Format.Format_RGB32)
    return image.copy()  # with memory of its own


def _colour(rgb: Colour) -> QColor:
    return QColor(*rgb)
