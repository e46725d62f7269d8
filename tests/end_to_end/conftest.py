"""The real window with its engine, on a small experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document, Training, View
from flowlab.ui.shell.window import Window
from flowlab.ui.state.preferences import Preferences

SMALL = Document(view=View(particles=300), training=Training(batch=64), seed=3)
LONG = 60_000  # ms: a loaded machine may be slow, a test may not be flaky


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], Window]]:
    made: list[Window] = []

    def build() -> Window:
        settings = QSettings(str(tmp_path / f"{len(made)}.ini"), QSettings.Format.IniFormat)
        window = Window(Preferences(settings), device="cpu")
        window.session.complain = told(window)  # type: ignore[method-assign]
        window.session.may_leave = lambda: True  # type: ignore[method-assign]
        qtbot.addWidget(window)
        made.append(window)
        window.show()
        qtbot.waitUntil(lambda: window.link.engine is not None, timeout=LONG)
        return window

    yield build
    for window in made:
        window.shut_down()
        window.hide()


def told(window: Window) -> Callable[[str], None]:
    window.complaints = []  # type: ignore[attr-defined]
    return window.complaints.append  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def window(make: Callable[[], Window], qtbot: QtBot) -> Window:
    window = make()
    window.store.replace(SMALL)
    window.link.open(SMALL, None)
    qtbot.waitUntil(lambda: shows(window, step=0), timeout=LONG)
    return window


def shows(window: Window, step: int) -> bool:
    bundle = window.room.canvas.bundle
    return bundle is not None and bundle.step >= step and bundle.points.shape[1] == 300
