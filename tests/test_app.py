"""What stands in the way of a window is said in one line, before Qt says something else."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from flowlab import app, cli


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
        if name.startswith("flowlab.scene.export"):
            raise ImportError("libEGL.so.1: cannot open shared object file")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", broken)
    monkeypatch.setattr(app, "_loads", lambda name: name != "libEGL.so.1")
    assert cli.main(["render", "preset:moons", "-o", "x.png"]) == 2
    assert "libegl1" in capsys.readouterr().err
