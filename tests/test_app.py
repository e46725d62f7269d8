"""What stands in the way of a window is said in one line, before Qt says something else."""

from __future__ import annotations

import builtins
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from flowlab import app, cli
from flowlab.core.document.gallery import preset
from flowlab.core.document.limits import Invalid
from flowlab.files import session
from flowlab.ui.shell.window import Window
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.preferences import Preferences


@pytest.fixture
def without_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_loads", lambda name: name != "libxcb-cursor.so.0")


@pytest.mark.usefixtures("without_cursor")
def test_a_missing_library_is_named_by_its_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.missing_libraries("xcb") == ["libxcb-cursor0"]
    assert app.missing_libraries("offscreen") == []


@pytest.mark.usefixtures("without_cursor")
def test_the_window_is_refused_with_the_line_that_cures_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert app.main() == 2
    words = capsys.readouterr().err
    assert words.count("\n") == 1
    assert "apt install libxcb-cursor0" in words


def test_without_a_display_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(app, "_loads", lambda _: True)
    assert "no display" in app.obstacle()
    assert "flowlab render" in app.obstacle()


def test_a_command_that_needs_qt_names_the_missing_library(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def broken(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("flowlab.scene.export.export"):
            raise ImportError("libEGL.so.1: cannot open shared object file")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", broken)
    monkeypatch.setattr(app, "_loads", lambda name: name != "libEGL.so.1")
    assert cli.main(["render", "preset:moons", "-o", "x.png"]) == 2
    assert "libegl1" in capsys.readouterr().err


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, qapp: object) -> Iterator[list[Window]]:
    """Windows as the program opens them, but with no engine; closed at the end."""
    monkeypatch.setattr(EngineLink, "start", lambda _: None)
    made: list[Window] = []
    yield made
    for window in made:
        window.shut_down()
        window.hide()


def open_window(made: list[Window], path: str | None = None) -> Window:
    preferences = Preferences(QSettings("FlowLab", "test"))
    made.append(app.open_window(path, preferences=preferences))
    return made[-1]


def test_the_welcome_is_opened_after_the_first_frame_and_plays(
    opened: list[Window], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "WELCOME", "moons")
    window = open_window(opened)
    assert window.store.document != preset("moons")
    qtbot.waitUntil(lambda: window.store.document == preset("moons"))
    assert window.playback.budget.count >= 1
    assert window.playback.playing


def test_a_named_session_is_opened_instead(
    opened: list[Window], qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.flowlab"
    session.save(path, preset("rings"), None, state={}, losses={})
    window = open_window(opened, str(path))
    qtbot.waitUntil(lambda: window.session.path == path)
    assert window.store.document == preset("rings")


def test_a_preset_whose_weights_no_longer_fit_opens_untrained(
    opened: list[Window], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> session.Session:
        raise Invalid(f"{path.name} is of another version.")

    monkeypatch.setattr(session, "load", refuse)
    monkeypatch.setattr(app, "WELCOME", "spiral")
    window = open_window(opened)
    qtbot.waitUntil(lambda: window.store.document == preset("spiral"))


def test_menus_are_filled_before_a_key_is_looked_up(opened: list[Window], qtbot: QtBot) -> None:
    window = open_window(opened)
    assert not window.actions()
    qtbot.keyClick(window, "b")
    assert {"Save", "Train or pause"} <= {action.text() for action in window.actions()}


def test_garbage_waits_and_threads_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    interval = sys.getswitchinterval()
    try:
        app.calm_interpreter()
        assert not gc.isenabled()
        assert sys.getswitchinterval() < interval
    finally:
        gc.enable()
        sys.setswitchinterval(interval)
