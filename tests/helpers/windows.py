"""The real window on a small experiment, and what to wait for."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.ui.shell.window import Window

SMALL = Document(view=View(particles=300), training=Training(batch=64), seed=3)
LONG = 60_000  # ms: a loaded machine may be slow, a test may not be flaky


def wait(qtbot: QtBot, met: Callable[[], bool]) -> None:
    qtbot.waitUntil(met, timeout=LONG)


def told(window: Window) -> Callable[[str], None]:
    window.complaints = []  # type: ignore[attr-defined]
    return window.complaints.append  # type: ignore[attr-defined,no-any-return]


def shows(window: Window, step: int) -> bool:
    bundle = window.room.canvas.bundle
    return bundle is not None and bundle.step >= step and bundle.points.shape[1] == 300


def frames(window: Window, qtbot: QtBot, count: int) -> None:
    """Wait until so many more frames have come, in each of which the window looks around."""
    seen: list[float] = []
    look = seen.append
    window.playback.ticked.connect(look)
    qtbot.waitUntil(lambda: len(seen) >= count, timeout=LONG)
    window.playback.ticked.disconnect(look)
