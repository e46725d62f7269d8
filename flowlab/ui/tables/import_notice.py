"""A line below the rooms' bar: what was imported, what was assumed, and a way to say otherwise."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget


class ImportNotice(QFrame):
    """Shown after an import until it is closed or the document is another one."""

    change = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.change_button, self.close_button = QPushButton("Change…"), QPushButton("Close")
        self.change_button.setToolTip("Choose columns, separator and decimal mark")
        for button in (self.change_button, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # the picture keeps the focus
        self.change_button.clicked.connect(self.change)
        self.close_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 7, 16, 7)
        row.setSpacing(10)
        row.addWidget(self.words, 1)
        row.addWidget(self.change_button)
        row.addWidget(self.close_button)
        self.hide()

    def tell(self, sentence: str) -> None:
        """Show a sentence."""
        self.words.setText(sentence)
        self.words.setAccessibleName(sentence)
        self.show()
