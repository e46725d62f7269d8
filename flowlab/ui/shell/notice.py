"""A notice over the picture about problems with the engine, with their remedy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from flowlab.ui.base.notice import Notice

if TYPE_CHECKING:
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.work.trouble import Trouble

LOOK_SECONDS = 0.25  # time between two checks of the engine


class EngineNotice(Notice):
    """Hidden while the engine works."""

    def __init__(self, link: EngineLink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self._trouble: Trouble | None = None
        self._due = 0.0
        self.button = self.add_button("", self._cure)

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
        if trouble is None:
            self.hide()
            return
        self.button.setText(trouble.cure)
        self.button.setVisible(bool(trouble.cure))
        self.tell(trouble.sentence)

    def _cure(self) -> None:
        self.link.restart()
        self._due = 0.0
