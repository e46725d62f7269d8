"""A button whose words give way to its width."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

PADDING = 20  # px that the style keeps beside the words


class ElidedButton(QPushButton):
    """Shows as much of its words as fits; the whole stands in the tool tip."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.words = words
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Show these words."""
        self.words = words
        self._elide()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """It can always be made narrower."""
        return QSize(40, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Fit the words anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.width() - PADDING
        self.setText(self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room))
