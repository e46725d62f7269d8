"""Painting without a screen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

_kept: list[QGuiApplication] = []  # Qt needs it alive as long as anything is painted


def ensure_app() -> QGuiApplication:
    """The running application, or a new one on the offscreen platform where there is none.

    A process has one application only: the new one has widgets, so that a window may follow.
    """
    running = QCoreApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    _kept.append(QApplication(["flowlab", "-platform", "offscreen", "-style", "Fusion"]))
    return _kept[-1]
