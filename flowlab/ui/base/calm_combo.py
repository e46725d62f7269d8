"""A combo box for a scrolling panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox


class CalmCombo(QComboBox):
    """A combo box that reacts to the wheel only while it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Let the panel scroll unless this combo has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
