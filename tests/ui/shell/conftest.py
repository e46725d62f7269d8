"""The whole window without an engine, which is all that keys, menus and search need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from flowlab.ui.shell.window import Window
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.preferences import Preferences
from tests.helpers.windows import told


@pytest.fixture
def still_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot) -> Iterator[Window]:
    monkeypatch.setattr(EngineLink, "start", lambda _: None)
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    made = Window(Preferences(settings))
    made.session.may_leave = lambda: True  # type: ignore[method-assign]
    made.session.complain = told(made)  # type: ignore[method-assign]
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.afterwards.finish()
    qtbot.waitUntil(made.room.canvas.hasFocus)
    yield made
    made.shut_down()
    made.hide()
