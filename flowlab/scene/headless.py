"""Painting without a screen."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

_kept: list[QGuiApplication] = []  # Qt needs it alive as long as anything is painted


def ensure_app() -> QGuiApplication:
    """The running application, or a new one on the offscreen platform where there is none."""
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    _kept.append(QGuiApplication(["flowlab", "-platform", "offscreen"]))
    return _kept[-1]
