"""The real window with its engine, on a small experiment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from flowlab.ui.shell.window import Window
from flowlab.ui.state.preferences import Preferences
from tests.helpers.forks import fork_engines
from tests.helpers.windows import LONG, SMALL, shows, told


@pytest.fixture(autouse=True)
def _processes_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting lines makes an engine start half as slow again; tests/work counts an engine's."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _processes_start_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        fork_engines(patch)
        yield


@pytest.fixture
def alone() -> bool:
    """True for an engine in a process of its own, as in use; in this one it starts at once."""
    return True


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path, alone: bool) -> Iterator[Callable[[], Window]]:
    made: list[Window] = []

    def build() -> Window:
        settings = QSettings(str(tmp_path / f"{len(made)}.ini"), QSettings.Format.IniFormat)
        window = Window(Preferences(settings), device="cpu", alone=alone)
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


@pytest.fixture
def window(make: Callable[[], Window], qtbot: QtBot) -> Window:
    window = make()
    window.store.replace(SMALL)
    window.link.open(SMALL, None, window.store.branch)
    qtbot.waitUntil(lambda: shows(window, step=0), timeout=LONG)
    return window
