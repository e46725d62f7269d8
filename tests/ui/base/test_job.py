"""Work on a thread while the window stays alive: shown if it takes long, and cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.limits import Invalid
from flowlab.ui.base.job import JobDialog, Stopped, wait_for
from tests.helpers.waiting import until


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def dialog() -> JobDialog | None:
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, JobDialog)]
    return next((w for w in shown if w.isVisible()), None)


def until_shown(act: Callable[[JobDialog], object]) -> QTimer:
    """Do something to the dialog as soon as it is visible."""
    timer = QTimer()

    def look() -> None:
        found = dialog()
        if found is not None:
            timer.stop()
            act(found)

    timer.timeout.connect(look)
    timer.start(5)
    return timer


def test_the_event_loop_runs_meanwhile_and_short_work_shows_no_dialog(parent: QWidget) -> None:
    ticks, seen, timer = [], [], QTimer()
    timer.timeout.connect(lambda: (ticks.append(1), seen.append(dialog())))
    timer.start(1)
    assert wait_for(lambda _: until(lambda: len(ticks) > 20) and 7, "Reading …", parent) == 7
    timer.stop()
    assert not any(seen)


def test_long_work_tells_how_far_it_is(parent: QWidget) -> None:
    shares: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: shares.append(found.bar.value()) if (found := dialog()) else None)
    timer.start(5)

    def work(progress: Callable[[float], None]) -> None:
        for share in (200, 600):
            progress(share / 1000)
            until(lambda: shares and shares[-1] == share)  # noqa: B023

    wait_for(work, "Reading …", parent)
    timer.stop()
    assert set(shares) == {200, 600}
    assert dialog() is None


def test_cancel_ends_the_work_at_its_next_word(parent: QWidget, qtbot: QtBot) -> None:
    ended = threading.Event()

    def work(progress: Callable[[float], None]) -> None:
        try:
            while True:
                progress(0.5)
                time.sleep(0.005)
        finally:
            ended.set()

    def press(found: JobDialog) -> None:
        qtbot.mouseClick(found.findChild(QPushButton), Qt.MouseButton.LeftButton)

    timer = until_shown(press)
    with pytest.raises(Stopped):
        wait_for(work, "Reading …", parent)
    timer.stop()
    assert ended.wait(2)


def test_what_may_not_be_stopped_is_waited_for(parent: QWidget) -> None:
    refused = threading.Event()
    timer = until_shown(lambda found: (found.reject(), found.close(), refused.set()))
    work = lambda _: 3 if refused.wait(60) else 0  # noqa: E731
    assert wait_for(work, "Saving …", parent, stoppable=False) == 3
    timer.stop()


def test_what_fails_is_told_in_a_sentence(parent: QWidget) -> None:
    def refused(_: object) -> None:
        raise Invalid("a.csv is empty.")

    def broken(_: object) -> None:
        raise RuntimeError("oh")

    with pytest.raises(Invalid, match=r"a\.csv is empty"):
        wait_for(refused, "Reading a.csv …", parent)
    with pytest.raises(Invalid, match=r"Reading a\.csv failed: oh"):
        wait_for(broken, "Reading a.csv …", parent)
