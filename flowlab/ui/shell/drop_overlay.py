"""Over the window while files are dragged: both ends, and what a drop here would replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from flowlab.scene.base.style import FONT_HEADING, FONT_SMALL, Colour, Theme
from flowlab.ui.base.theme import colour, current_theme, font

Areas = Mapping[str, Sequence[QRect]]

RADIUS, INSET, PADDING = 8, 4, 14  # px: corners, frames inside their areas, around the words
WASH, THIN = 0.16, 0.05  # opacity over the area that would be replaced, and over a whole window
MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


@dataclass(frozen=True)
class Drop:
    """What dropping here would do."""

    words: str
    role: str = ""  # the end that is replaced; "" where none is
    accepted: bool = True


class DropOverlay(QWidget):
    """Paints frames around the places for a drop, and a sentence; the mouse passes through."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.drop: Drop | None = None
        self.areas: Areas = {}
        self.hide()

    def show_drop(self, drop: Drop, areas: Areas) -> None:
        """Show what a drop would do here."""
        window = self.parentWidget()
        assert window is not None
        if (drop, areas) == (self.drop, self.areas) and self.isVisible():
            return
        self.drop, self.areas = drop, areas
        self.setAccessibleName(drop.words)
        self.setGeometry(window.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the places of both ends, or the whole window, and the sentence."""
        if self.drop is None:
            return
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.drop.role:
            for role, places in self.areas.items():
                self._paint_end(painter, theme, role, places)
        else:
            tint = theme.learned if self.drop.accepted else theme.warn
            _frame(painter, self.rect(), tint, chosen=True, wash=THIN)
        self._paint_words(painter, theme)
        painter.end()

    def _paint_end(
        self, painter: QPainter, theme: Theme, role: str, places: Sequence[QRect]
    ) -> None:
        assert self.drop is not None
        chosen = role == self.drop.role
        tint = theme.source if role == "source" else theme.target
        for place in places:
            _frame(painter, place, tint, chosen=chosen)
        if not chosen and places:
            painter.setFont(font(FONT_SMALL))
            _pill(painter, places[0], f"the {role}", theme, theme.line)

    def _paint_words(self, painter: QPainter, theme: Theme) -> None:
        assert self.drop is not None
        painter.setFont(font(FONT_HEADING))
        places = self.areas.get(self.drop.role) or [self.rect()]
        tint = {"source": theme.source, "target": theme.target}.get(self.drop.role, theme.learned)
        _pill(
            painter, places[0], self.drop.words, theme, tint if self.drop.accepted else theme.warn
        )


def _frame(
    painter: QPainter, place: QRect, tint: Colour, *, chosen: bool, wash: float = WASH
) -> None:
    painter.setBrush(colour(tint, wash if chosen else 0.0))
    style = Qt.PenStyle.SolidLine if chosen else Qt.PenStyle.DashLine
    painter.setPen(QPen(colour(tint, 1.0 if chosen else 0.55), 2.5 if chosen else 1.2, style))
    inner = QRectF(place).adjusted(INSET, INSET, -INSET, -INSET)
    painter.drawRoundedRect(inner, RADIUS, RADIUS)


def _pill(painter: QPainter, place: QRect, words: str, theme: Theme, edge: Colour) -> None:
    """Draw words in the middle of a place, on a ground of their own."""
    room = QRectF(place).adjusted(3 * PADDING, PADDING, -3 * PADDING, -PADDING)
    text = painter.boundingRect(room, MIDDLE, words)
    painter.setPen(QPen(QColor(*edge), 1.5))
    painter.setBrush(QColor(*theme.panel))
    painter.drawRoundedRect(
        text.adjusted(-PADDING, -PADDING / 2, PADDING, PADDING / 2), RADIUS, RADIUS
    )
    painter.setPen(QColor(*theme.text))
    painter.drawText(room, MIDDLE, words)
