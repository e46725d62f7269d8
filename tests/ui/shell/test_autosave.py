"""Autosaves of a controller that stands in for the real one: when, what, and what when it fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.weights import Weights
from flowlab.core.views.bundle import Bundle
from flowlab.files import session
from flowlab.files.autosave import Profile
from flowlab.files.recovery import Recovery
from flowlab.scene.base.frame import Frame
from flowlab.ui.canvas.snapshot import painted
from flowlab.ui.shell.autosave import Autosave
from tests.helpers.files import PNG


class StandIn(QObject):
    """A session controller without a window around it."""

    saved = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.window = window
        self.path: Path | None = None
        self.title, self.dirty, self.leaves = "mine.flowlab", False, True
        self.document: Document = preset("moons")
        self.step = 0
        self.complaints: list[str] = []
        self.recovered: list[tuple[session.Session, Path | None]] = []

    def content(self) -> session.Session:
        weights = Weights(step=self.step, arrays={"a": np.arange(3.0)}) if self.step else None
        return session.Session(document=self.document, weights=weights, state={"t": 0.5})

    def read(self, path: Path) -> session.Session | None:
        try:
            return session.load(path)
        except Invalid as error:
            self.complain(str(error))
            return None

    def recover(self, content: session.Session, path: Path | None) -> None:
        self.dirty = False  # as the real one does: opened first, then unsaved
        self.saved.emit()
        self.recovered.append((content, path))
        self.document, self.path, self.dirty = content.document, path, True

    def may_leave(self) -> bool:
        return self.leaves

    def complain(self, sentence: str) -> None:
        self.complaints.append(sentence)

    def edit(self) -> None:
        self.document = replace(self.document, seed=self.document.seed + 1)
        self.dirty = True

    def save(self) -> None:
        self.dirty = False
        self.saved.emit()


class Watched(Profile):
    """Counts writes, and can fail or wait."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.written, self.error = 0, ""
        self.gate, self.once = threading.Event(), False
        self.gate.set()

    def write(self, content: bytes) -> None:
        self.gate.wait(10)
        if self.error:
            raise Invalid(self.error)
        super().write(content)
        self.written += 1
        if self.once:
            self.gate.clear()


@pytest.fixture
def controller(qtbot: QtBot) -> StandIn:
    window = QWidget()
    qtbot.addWidget(window)
    return StandIn(window)


@pytest.fixture
def profile(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "autosave")


@pytest.fixture
def autosave(controller: StandIn, profile: Watched) -> Iterator[Autosave]:
    """An autosave whose timer never ticks by itself."""
    made = Autosave(controller, lambda: lambda: PNG, seconds=3600, profile=profile)  # type: ignore[arg-type]
    yield made
    profile.gate.set()
    made.release()


def settle(autosave: Autosave, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: autosave._thread is None)


def tick(autosave: Autosave, qtbot: QtBot) -> None:
    autosave.tick()
    settle(autosave, qtbot)


def kept(profile: Profile) -> session.Session | None:
    """The content of this window's autosave."""
    path = None if profile.own is None else profile.own / "session.flowlab"
    return None if path is None or not path.exists() else session.load(path)


def left_behind(root: Path, document: Document, path: Path | None = None) -> Recovery:
    """A recovery left by a window that died."""
    other = Profile(root)
    other.claim()
    other.write(session.pack(document, state={"name": "lost", "path": str(path or "")}))
    assert other._lock is not None
    other._lock._file.close()
    other._lock = other.own = None
    (found,) = Profile(root).found()
    return found


# --- when ----------------------------------------------------------------------------------------


def test_work_is_written_with_its_picture_once_it_is_unsaved(
    autosave: Autosave, controller: StandIn, profile: Watched, qtbot: QtBot
) -> None:
    tick(autosave, qtbot)
    assert kept(profile) is None
    controller.edit()
    controller.step = 9
    tick(autosave, qtbot)
    content = kept(profile)
    assert content is not None
    assert content.document == controller.document
    assert content.weights is not None
    assert content.weights.step == 9
    assert content.thumbnail == PNG
    assert content.state["name"] == "mine.flowlab"
    assert content.state["t"] == 0.5


def test_what_has_not_changed_is_not_written_again(
    autosave: Autosave, controller: StandIn, profile: Watched, qtbot: QtBot
) -> None:
    controller.edit()
    for written in (1, 1):
        tick(autosave, qtbot)
        assert profile.written == written
    changes = (
        controller.edit,
        lambda: setattr(controller, "step", 3),
        lambda: setattr(controller, "path", Path("a")),
    )
    for k, change in enumerate(changes):
        change()
        tick(autosave, qtbot)
        assert profile.written == k + 2


def test_it_ticks_by_itself(controller: StandIn, profile: Watched, qtbot: QtBot) -> None:
    autosave = Autosave(controller, lambda: lambda: PNG, seconds=0.02, profile=profile)  # type: ignore[arg-type]
    autosave.start()
    controller.edit()
    qtbot.waitUntil(lambda: profile.written == 1)
    autosave.release()


def test_once_it_is_saved_the_autosave_goes_at_once(
    autosave: Autosave, controller: StandIn, profile: Watched, qtbot: QtBot
) -> None:
    controller.edit()
    tick(autosave, qtbot)
    controller.save()
    settle(autosave, qtbot)
    assert kept(profile) is None


def test_saved_while_it_is_being_written_it_goes_too(
    autosave: Autosave, controller: StandIn, profile: Watched, qtbot: QtBot
) -> None:
    profile.gate.clear()
    controller.edit()
    autosave.tick()
    controller.save()
    profile.gate.set()
    qtbot.waitUntil(lambda: autosave._thread is None and profile.written == 1)
    settle(autosave, qtbot)
    assert kept(profile) is None


def test_the_window_does_not_wait_for_the_disk(
    autosave: Autosave, controller: StandIn, profile: Watched, qtbot: QtBot
) -> None:
    profile.gate.clear()
    controller.edit()
    autosave.tick()
    controller.edit()
    autosave.tick()  # waits for the first one
    assert profile.written == 0
    profile.gate.set()
    qtbot.waitUntil(lambda: profile.written == 2)
    settle(autosave, qtbot)
    content = kept(profile)
    assert content is not None
    assert content.document == controller.document


# --- when it fails -------------------------------------------------------------------------------


def test_a_failure_is_told_once_and_tried_again(
    autosave: Autosave, controller: StandIn, profile: Watched, qtbot: QtBot
) -> None:
    profile.error = "x cannot be written: no space left on device."
    controller.edit()
    for _ in range(3):
        tick(autosave, qtbot)
    assert controller.complaints == [f"Autosave does not work: {profile.error}"]
    profile.error = ""
    tick(autosave, qtbot)
    assert kept(profile) is not None
    assert len(controller.complaints) == 1


def test_whatever_is_wrong_with_the_picture_the_work_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    points = np.zeros((2, 5, 2), np.float32)
    bundle = Bundle(times=np.array([0, 1], np.float32), points=points)
    assert painted(Frame()) == b""
    assert painted(Frame(bundle=bundle)).startswith(b"\x89PNG")
    monkeypatch.setattr("flowlab.scene.canvas.paint", fail)
    assert painted(Frame(bundle=bundle)) == b""


# --- the end -------------------------------------------------------------------------------------


def test_asked_to_end_it_has_written_when_it_returns(
    autosave: Autosave, controller: StandIn, profile: Watched
) -> None:
    controller.edit()
    assert autosave.save_now() == ""
    content = kept(profile)
    assert content is not None
    assert content.document == controller.document


def test_asked_to_end_while_it_writes_it_writes_the_newest(
    autosave: Autosave, controller: StandIn, profile: Watched
) -> None:
    profile.gate.clear()
    controller.edit()
    autosave.tick()
    controller.edit()
    threading.Timer(0.1, profile.gate.set).start()
    assert autosave.save_now() == ""
    content = kept(profile)
    assert content is not None
    assert content.document == controller.document


def test_asked_to_end_with_nothing_unsaved_it_leaves_nothing(
    autosave: Autosave, controller: StandIn, profile: Watched, tmp_path: Path, qtbot: QtBot
) -> None:
    controller.edit()
    tick(autosave, qtbot)
    controller.dirty = False
    assert autosave.save_now() == ""
    assert not list((tmp_path / "autosave").iterdir())


def test_asked_to_end_it_says_why_it_could_not_without_a_dialog(
    autosave: Autosave, controller: StandIn, profile: Watched
) -> None:
    profile.error = "x cannot be written: no space left on device."
    controller.edit()
    assert autosave.save_now() == profile.error
    assert controller.complaints == []


def test_released_it_leaves_nothing_and_does_nothing_more(
    autosave: Autosave, controller: StandIn, profile: Watched, tmp_path: Path, qtbot: QtBot
) -> None:
    autosave.start()
    settle(autosave, qtbot)
    controller.edit()
    tick(autosave, qtbot)
    autosave.release()
    autosave.tick()
    assert autosave._thread is None
    assert not list((tmp_path / "autosave").iterdir())


# --- recovering ----------------------------------------------------------------------------------


def test_what_a_crash_left_is_found_at_the_start(
    autosave: Autosave, tmp_path: Path, qtbot: QtBot
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    with qtbot.waitSignal(autosave.found) as heard:
        autosave.start()
    assert heard.args == [[recovery]]


def test_without_a_crash_nothing_is_said(autosave: Autosave, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(autosave.found):
        autosave.start()
        settle(autosave, qtbot)


def test_recovered_work_is_unsaved_and_the_old_autosave_stays_until_the_new_one_is_there(
    autosave: Autosave, controller: StandIn, profile: Watched, tmp_path: Path, qtbot: QtBot
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"), tmp_path / "lost.flowlab")
    profile.gate.clear()
    assert autosave.recover(recovery)
    ((content, path),) = controller.recovered
    assert content.document == preset("rings")
    assert path == tmp_path / "lost.flowlab"
    assert recovery.path.exists()
    assert Profile(tmp_path / "autosave").found() == []  # but it is offered to no other window
    profile.gate.set()
    settle(autosave, qtbot)
    assert not recovery.folder.exists()
    kept_now = kept(profile)
    assert kept_now is not None
    assert kept_now.document == preset("rings")


@pytest.mark.parametrize("later", [-60.0, 60.0])
def test_work_whose_file_has_been_changed_since_is_recovered_without_a_file(
    autosave: Autosave, controller: StandIn, tmp_path: Path, later: float
) -> None:
    file = tmp_path / "lost.flowlab"
    file.write_bytes(b"newer")
    recovery = left_behind(tmp_path / "autosave", preset("rings"), file)
    os.utime(file, (recovery.saved + later,) * 2)
    assert autosave.recover(recovery)
    ((_, path),) = controller.recovered
    words = (
        "lost.flowlab has been changed since; the recovered work has no file yet, so save it "
        "under another name."
    )
    assert (path, controller.complaints) == ((None, [words]) if later > 0 else (file, []))


def test_work_written_before_does_not_count_for_what_is_recovered(
    autosave: Autosave, controller: StandIn, profile: Watched, tmp_path: Path, qtbot: QtBot
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    profile.gate.clear()
    profile.once = True
    controller.edit()
    autosave.tick()  # still of the work that the user leaves
    assert autosave.recover(recovery)
    profile.gate.set()
    qtbot.waitUntil(lambda: profile.written == 1 and not autosave._again)  # the next one has begun
    assert recovery.path.exists()
    profile.gate.set()
    settle(autosave, qtbot)
    assert profile.written == 2
    assert not recovery.path.exists()


def test_where_the_new_autosave_fails_the_old_one_stays(
    autosave: Autosave, controller: StandIn, profile: Watched, tmp_path: Path, qtbot: QtBot
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    profile.error = "x cannot be written: no space left on device."
    assert autosave.recover(recovery)
    settle(autosave, qtbot)
    assert recovery.path.exists()
    controller.save()  # to a file: now the work is safe
    settle(autosave, qtbot)
    assert not recovery.path.exists()


def test_a_person_who_stays_with_the_open_work_recovers_nothing(
    autosave: Autosave, controller: StandIn, tmp_path: Path
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    controller.leaves = False
    assert not autosave.recover(recovery)
    assert recovery.path.exists()
    assert controller.recovered == []


def test_one_that_another_window_has_is_told(
    autosave: Autosave, controller: StandIn, tmp_path: Path
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    taken = Profile(tmp_path / "autosave").take(recovery)
    assert taken is not None
    assert not autosave.recover(recovery)
    assert "Another window" in controller.complaints[0]
    taken.give_back()


def test_one_that_cannot_be_opened_is_told_and_kept(
    autosave: Autosave, controller: StandIn, tmp_path: Path
) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    recovery.path.write_bytes(b"nonsense")
    assert not autosave.recover(recovery)
    assert "cannot be opened" in controller.complaints[0]
    assert recovery.path.exists()


def test_one_that_is_discarded_is_gone(autosave: Autosave, tmp_path: Path) -> None:
    recovery = left_behind(tmp_path / "autosave", preset("rings"))
    autosave.discard(recovery)
    assert not recovery.folder.exists()
