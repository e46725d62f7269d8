"""A button that shortens its words to fit its width."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

PADDING = 20  # px that the style adds beside the words


class ElidedButton(QPushButton):
    """A button that shows as much of its words as fits, and all of them in its tooltip."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.words = words
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Show these words."""
        self.words = words
        self._elide()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a minimum width of almost nothing: words can always be shortened."""
        return QSize(40, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Fit the words to the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.width() - PADDING
        self.setText(self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room))
