"""Qt's event loop, a few times round."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication


def settle(rounds: int = 10) -> None:
    """Have all done that is due: layouts, what was posted, and timers of no length."""
    for _ in range(rounds):
        QApplication.processEvents()
