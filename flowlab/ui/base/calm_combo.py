"""A combo box for a scrolling panel."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox

CHOOSING_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class CalmCombo(QComboBox):
    """A combo box that reacts to the wheel only while it has the focus.

    Qt closes the list before the key that chose an entry is pressed for its parents, too: Enter
    would then press the default button of a dialog.

    With `starts_over`, a choice throws away a training. Then no wheel changes it, and the keys that
    would change it at once open its list instead, where Enter takes the choice.
    """

    def __init__(self, *, starts_over: bool = False) -> None:
        super().__init__()
        self.starts_over = starts_over
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._closing = False  # True while the key that closes the list is on its way

    def hidePopup(self) -> None:  # Qt's name
        """Close the list, and keep the key that did."""
        self._closing = True
        QTimer.singleShot(0, self, self._closed)
        super().hidePopup()

    def _closed(self) -> None:
        self._closing = False

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Let the panel scroll unless this combo has the focus."""
        if self.hasFocus() and not self.starts_over:
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Open the list where the key would start training over; keep the Enter that closed it."""
        if self._closing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        elif self.starts_over and (event.key() in CHOOSING_KEYS or event.text().isalnum()):
            self.showPopup()
            if event.text().isalnum():
                self.view().keyboardSearch(event.text())
        else:
            super().keyPressEvent(event)
