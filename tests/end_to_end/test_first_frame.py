"""What the window says in its first seconds: what is known, and nothing moves when more is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from flowlab import app
from flowlab.files.session import load
from flowlab.resources import asset
from flowlab.ui.shell.window import Window
from flowlab.ui.state.preferences import Preferences
from tests.helpers.windows import LONG, wait


@pytest.fixture
def size() -> tuple[int, int]:
    return 1280, 800


@pytest.fixture
def opened(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> Iterator[Window]:
    monkeypatch.setattr(Window, "place", lambda window: window.resize(*size))
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    window = app.open_window(None, "cpu", Preferences(settings))
    window.session.may_leave = lambda: True  # type: ignore[method-assign]
    qtbot.addWidget(window)
    yield window
    window.shut_down()
    window.hide()


def places(window: Window) -> dict[QWidget, QRect]:
    seen = [w for w in window.findChildren(QWidget) if w.isVisible() and w.window() is window]
    return {w: QRect(w.mapTo(window, QPoint(0, 0)), w.size()) for w in seen}


def moved(before: dict[QWidget, QRect], after: dict[QWidget, QRect]) -> list[str]:
    both = [w for w in before if w in after]
    assert len(both) > 100
    return [
        f"{type(w).__name__} {w.accessibleName() or w.objectName()}: {before[w]} -> {after[w]}"
        for w in both
        if max(map(abs, _difference(before[w], after[w]))) > 1
    ]


def _difference(a: QRect, b: QRect) -> tuple[int, ...]:
    return tuple(p - q for p, q in zip(a.getCoords(), b.getCoords(), strict=True))


@pytest.mark.parametrize("size", [(1024, 768), (1280, 720), (1920, 1080)])
def test_no_widget_moves_between_the_first_frame_and_the_settled_window(
    opened: Window, qtbot: QtBot, size: tuple[int, int]
) -> None:
    assert opened.time_bar.training.words.text() == ""
    first: list[dict[QWidget, QRect]] = []
    opened.room.canvas.first_painted.connect(lambda: first.append(places(opened)))
    wait(qtbot, lambda: bool(first))
    said: list[str] = []
    opened.playback.ticked.connect(lambda _: said.append(opened.time_bar.training.words.text()))
    qtbot.waitUntil(lambda: opened.link.engine is not None, timeout=LONG)
    wait(qtbot, lambda: opened.room.panels.right.quality.values["w2"].text() != "–")  # type: ignore[attr-defined]
    assert opened.room.panels.right.loss.plot is not None  # type: ignore[attr-defined]
    assert (opened.width(), opened.height()) == size
    assert moved(first[0], places(opened)) == []
    assert set(said) - {""} == {"step 12,000 (now)"}  # never "untrained"


def test_the_opened_training_is_told_before_there_is_an_engine(
    opened: Window, qtbot: QtBot
) -> None:
    right, row = opened.room.panels.right, opened.time_bar.training
    wait(qtbot, lambda: row.words.text() != "")
    early = opened.link.engine is None
    figures = right.training.values  # type: ignore[attr-defined]
    assert figures["step"].text() == "12,000"
    seconds = load(asset(f"presets/{app.WELCOME}.flowlab")).weights.seconds  # type: ignore[union-attr]
    assert figures["elapsed"].text() == f"{seconds:.1f} s"
    if early:
        assert figures["device"].text() == "starting …"
    qtbot.waitUntil(lambda: opened.link.engine is not None, timeout=LONG)
    wait(qtbot, lambda: "CPU" in figures["device"].text())
    assert figures["step"].text() == "12,000"


def test_the_losses_of_the_file_are_drawn_without_waiting_for_the_engine(
    opened: Window, qtbot: QtBot
) -> None:
    place = opened.room.panels.right.loss  # type: ignore[attr-defined]
    named = place.which.currentText()
    assert named.startswith("MSE")  # from the first frame on
    place.which.setCurrentIndex(2)
    wait(qtbot, lambda: place.plot is not None)
    early = opened.link.engine is None
    assert place.plot.which.currentIndex() == 2  # what was chosen meanwhile
    wait(qtbot, lambda: bool(place.plot.plot.curves) or opened.link.engine is not None)
    if early:
        assert place.plot.plot.curves
        assert len(place.plot.plot.curves[0].xs) > 10
