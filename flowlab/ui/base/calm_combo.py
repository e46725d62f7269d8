"""A combo box for a scrolling panel."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox


class CalmCombo(QComboBox):
    """A combo box that reacts to the wheel only while it has the focus.

    Qt closes the list before the key that chose an entry is pressed for its parents, too: Enter
    would then press the default button of a dialog.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._closing = False  # True while the key that closes the list is on its way

    def hidePopup(self) -> None:  # Qt's name
        """Close the list, and keep the key that did."""
        self._closing = True
        QTimer.singleShot(0, self, self._closed)
        super().hidePopup()

    def _closed(self) -> None:
        self._closing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Keep Enter if it has just chosen an entry."""
        if self._closing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Let the panel scroll unless this combo has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
