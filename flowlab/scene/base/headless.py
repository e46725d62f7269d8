"""Painting without a screen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

_kept: list[QGuiApplication] = []  # Qt requires a reference for as long as anything is painted


def ensure_app() -> QGuiApplication:
    """Return the running application, or start one on the offscreen platform if there is none.

    A process can have only one application. This one supports widgets, so a window can follow.
    """
    running = QCoreApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    _kept.append(QApplication(["flowlab", "-platform", "offscreen", "-style", "Fusion"]))
    return _kept[-1]
