"""A line below the rooms' bar about problems with the engine, with their remedy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

if TYPE_CHECKING:
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.work.trouble import Trouble

LOOK_SECONDS = 0.25  # time between two checks of the engine


class EngineNotice(QFrame):
    """Hidden while the engine works; it never takes the focus from the picture."""

    def __init__(self, link: EngineLink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self._trouble: Trouble | None = None
        self._due = 0.0
        self.setObjectName("notice")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = QPushButton()
        self.button.clicked.connect(self._cure)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 7, 16, 7)
        row.setSpacing(14)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.hide()

    def tick(self) -> None:
        """Check from time to time whether anything has changed; called once a frame."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + LOOK_SECONDS
            self._show(self.link.trouble)

    def _show(self, trouble: Trouble | None) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble is not None:
            self.words.setText(trouble.sentence)
            self.words.setAccessibleName(trouble.sentence)
            self.button.setText(trouble.cure)
            self.button.setVisible(bool(trouble.cure))
        self.setVisible(trouble is not None)

    def _cure(self) -> None:
        self.link.restart()
        self._due = 0.0
