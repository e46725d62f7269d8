"""What was trained is still there: saved before the engine is ready, lost, stuck or broken."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.weights import TrainingRecord
from flowlab.files import session
from flowlab.ui.shell import notice
from flowlab.ui.shell.session_controller import BUSY
from flowlab.ui.shell.window import Window
from flowlab.ui.state.preferences import Preferences
from flowlab.work.remote import RemoteEngine
from flowlab.work.trouble import LOST_AGAIN
from tests.helpers.engines import pid_of_engine
from tests.helpers.events import settle
from tests.helpers.marks import POSIX
from tests.helpers.waiting import until
from tests.helpers.windows import LONG, SMALL, frames, told

LOSSES = {name: np.arange(1.0, 9.0, dtype=np.float32) for name in ("step", "mse", "quadratic")}
EDITED = replace(SMALL, seed=4)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A session with weights of step 40, losses, and one moment before."""
    trainer = Trainer(SMALL)
    trainer.advance(20)
    moment = trainer.weights()
    trainer.advance(20)
    path = tmp_path / "trained.flowlab"
    session.save(path, SMALL, trainer.weights(), losses=LOSSES, snapshots=[moment])
    return path


@pytest.fixture
def started(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[str], Window]]:
    """Windows whose engine is not waited for."""
    made: list[Window] = []

    def build(device: str = "cpu") -> Window:
        preferences = Preferences(QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat))
        window = Window(preferences, device=device)
        window.session.complain = told(window)  # type: ignore[method-assign]
        window.session.may_leave = lambda: True  # type: ignore[method-assign]
        qtbot.addWidget(window)
        made.append(window)
        window.show()
        return window

    yield build
    for window in made:
        window.shut_down()
        window.hide()


def press_save(window: Window, qtbot: QtBot) -> None:
    window.activateWindow()  # after a dialog; there is no window manager to do it
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)


def assert_trained(path: Path, document: Document) -> None:
    found = session.load(path)
    assert found.document == document
    assert found.weights is not None
    assert found.weights.step == 40
    assert [kept.step for kept in found.snapshots] == [20]
    assert np.array_equal(found.losses["mse"], LOSSES["mse"])


def save_twice(window: Window, qtbot: QtBot, path: Path) -> None:
    """Ctrl+S, an edit, Ctrl+S: the second save also replaces the backup."""
    press_save(window, qtbot)
    window.store.edit(EDITED, "Change seed")
    press_save(window, qtbot)
    assert not window.complaints  # type: ignore[attr-defined]
    assert_trained(path, EDITED)
    assert_trained(path.with_name(path.name + "~"), SMALL)


def test_saving_before_the_engine_is_ready_keeps_all_that_was_trained(
    started: Callable[..., Window], qtbot: QtBot, trained: Path
) -> None:
    window = started()
    assert window.session.open(trained)
    assert window.link.engine is None
    assert not window.session.dirty
    save_twice(window, qtbot, trained)
    qtbot.waitUntil(lambda: window.link.engine is not None, timeout=LONG)
    press_save(window, qtbot)  # the engine has heard of it, and not yet answered
    assert_trained(trained, EDITED)


def test_saving_with_an_engine_that_cannot_start_keeps_all_that_was_trained(
    started: Callable[..., Window], qtbot: QtBot, trained: Path
) -> None:
    window = started("teapot")
    assert window.session.open(trained)
    qtbot.waitUntil(lambda: window.notice.isVisible(), timeout=LONG)
    assert "could not start" in window.notice.words.text()
    assert window.notice.button.isVisible()
    save_twice(window, qtbot, trained)


def test_stored_losses_are_kept_through_open_train_on_and_save(
    started: Callable[..., Window],
    qtbot: QtBot,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notice, "LOOK_SECONDS", 0.0)  # it looks at the engine in every frame
    window = started()
    assert window.session.open(trained)
    window.room.train()
    qtbot.waitUntil(lambda: record_of(window).weights.step > 100, timeout=LONG)
    press_save(window, qtbot)
    found = session.load(trained)
    assert found.weights is not None
    assert found.weights.step > 100
    assert {20, 40} <= {kept.step for kept in found.snapshots}
    assert np.array_equal(found.losses["mse"][:8], LOSSES["mse"])
    assert len(found.losses["mse"]) > 8


def test_nothing_else_is_opened_while_a_file_is_being_written(
    started: Callable[..., Window], trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, save, answers = started(), session.save, []
    assert window.session.open(trained)

    def slow(*arguments: object, **named: object) -> None:
        until(lambda: len(answers) == len(acts))
        save(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "save", slow)
    desk = window.session
    acts = (desk.new, lambda: desk.open_preset("moons"), lambda: desk.open(trained), desk.save)
    for k, act in enumerate(acts):
        QTimer.singleShot(50 + 10 * k, lambda act=act: answers.append(act()))
    window.store.edit(EDITED, "Change seed")
    assert desk.save()
    assert [bool(answer) for answer in answers] == [False] * 4
    assert window.complaints == [BUSY] * 4  # type: ignore[attr-defined]
    assert (desk.path, desk.dirty, window.store.document) == (trained, False, EDITED)
    assert_trained(trained, EDITED)


def test_a_network_that_is_changed_and_changed_back_is_still_trained(
    started: Callable[..., Window], qtbot: QtBot, trained: Path
) -> None:
    window = started()
    assert window.session.open(trained)
    wide = SMALL.with_parts(network=replace(SMALL.network, width=12))
    for ready in (False, True):  # before the engine is there, and with it
        if ready:
            qtbot.waitUntil(lambda: window.link.engine is not None, timeout=LONG)
        window.store.edit(wide, "Change network")
        settle()
        if ready:
            qtbot.waitUntil(lambda: window.link.record(wide.network) is not None, timeout=LONG)
        window.store.stack.undo()
        network = SMALL.network
        qtbot.waitUntil(lambda: window.link.record(network) is not None, timeout=LONG)  # noqa: B023
        assert record_of(window).weights.step == 40
    press_save(window, qtbot)
    assert_trained(trained, SMALL)


def record_of(window: Window) -> TrainingRecord:
    record = window.link.record(window.store.document.network)
    assert record is not None
    return record


def pid_of(window: Window) -> int:
    assert isinstance(window.link.engine, RemoteEngine)
    return pid_of_engine()


@POSIX
def test_an_engine_that_is_killed_starts_again_and_twice_is_said_with_a_button(
    started: Callable[..., Window],
    qtbot: QtBot,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notice, "LOOK_SECONDS", 0.0)  # it looks at the engine in every frame
    window = started()
    assert window.session.open(trained)
    window.room.train()
    qtbot.waitUntil(lambda: record_of(window).weights.step > 100, timeout=LONG)
    engine = window.link.engine
    assert isinstance(engine, RemoteEngine)
    step = record_of(window).weights.step
    os.kill(pid_of(window), signal.SIGKILL)
    qtbot.waitUntil(lambda: window.notice.isVisible(), timeout=LONG)
    assert not window.notice.button.isVisible()
    qtbot.waitUntil(lambda: engine.ready and record_of(window).weights.step > step, timeout=LONG)
    assert window.room.training

    os.kill(pid_of(window), signal.SIGKILL)
    qtbot.waitUntil(lambda: window.notice.button.isVisible(), timeout=LONG)
    assert window.notice.words.text() == LOST_AGAIN.sentence
    qtbot.waitUntil(lambda: not window.room.training, timeout=LONG)
    lost = record_of(window).weights.step
    press_save(window, qtbot)
    assert session.load(trained).weights.step == lost  # type: ignore[union-attr]
    assert window.session.open(trained)  # which used to erase the warning
    window.room.toggle_training()
    frames(window, qtbot, 20)
    assert window.notice.words.text() == LOST_AGAIN.sentence
    assert not window.room.training
    qtbot.mouseClick(window.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: engine.ready and record_of(window).weights.step >= lost, timeout=LONG)
    qtbot.waitUntil(lambda: "started again" in window.notice.words.text(), timeout=LONG)


@POSIX
def test_a_stopped_engine_never_blocks_the_window_and_closing_takes_two_seconds_at_most(
    started: Callable[..., Window], qtbot: QtBot
) -> None:
    window = started()
    window.store.replace(SMALL)
    window.link.open(SMALL, None, window.store.branch)
    qtbot.waitUntil(lambda: window.room.canvas.bundle is not None, timeout=LONG)
    qtbot.waitUntil(lambda: window.link.engine is not None, timeout=LONG)
    os.kill(pid_of(window), signal.SIGSTOP)
    points = np.random.default_rng(0).normal(size=(300_000, 2))
    longest = 0.0
    for k in range(30):
        target = session_points(points + k)
        start = time.perf_counter()
        window.store.edit(window.store.document.with_parts(target=target), "Choose target")
        window.room.toggle_training()
        window.room.moments.look(None)
        longest = max(longest, time.perf_counter() - start)
        frames(window, qtbot, 1)
    assert longest < 0.25  # a pipe that is full would hold it for ever
    start = time.perf_counter()
    window.close()
    assert time.perf_counter() - start < 2.0


def session_points(points: np.ndarray) -> object:
    from flowlab.core.document.arrays import Array
    from flowlab.core.document.shapes import Points

    return Points(points=Array(points))
