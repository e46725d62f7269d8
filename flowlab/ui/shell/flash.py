"""Shows where something is: lights a control up, or opens a list at one of its entries."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QWidget

from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.theme import colour

FLASH_MS = 1400


def open_at(combo: QComboBox, words: str) -> None:
    """Open a list with one of its entries selected, so that Enter takes it."""
    at = combo.findText(words)
    combo.setFocus(Qt.FocusReason.OtherFocusReason)
    combo.showPopup()
    if at >= 0:
        combo.view().setCurrentIndex(combo.model().index(at, combo.modelColumn()))


class Flash(QWidget):
    """A frame around a widget in the accent colour, which goes away by itself."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(widget.rect())
        self.show()
        self.raise_()
        QTimer.singleShot(FLASH_MS, self, self.deleteLater)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the frame."""
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(theme.learned), 2))
        painter.setBrush(colour(theme.learned, 0.15))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 5, 5)
