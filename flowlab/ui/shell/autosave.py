"""Autosave: writes unsaved work to the profile folder, and offers it again after a crash."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from flowlab.core.document.document import Document
from flowlab.ui.canvas.snapshot import Picture

if TYPE_CHECKING:
    from flowlab.files.autosave import Profile, Taken
    from flowlab.files.recovery import Recovery
    from flowlab.files.session import Session
    from flowlab.ui.shell.session_controller import SessionController

POLL_MS = 50


@dataclass(frozen=True)
class _Mark:
    """Identifies a state of the work."""

    document: Document
    step: int
    seconds: float
    path: Path | None


def _marked(content: Session, path: Path | None) -> _Mark:
    weights = content.weights
    step, seconds = (0, 0.0) if weights is None else (weights.step, weights.seconds)
    return _Mark(content.document, step, seconds, path)


class Autosave(QObject):
    """Writes unsaved work on a thread, and finds work left by a crash."""

    found = Signal(object)  # list[Recovery], newest first

    def __init__(
        self,
        session: SessionController,
        picture: Callable[[], Picture],
        parent: QObject | None = None,
        *,
        seconds: float,
        profile: Profile | None = None,
    ) -> None:
        """Set the parent; `picture` records the view and returns a function that makes its PNG."""
        super().__init__(parent)
        self._session, self._picture, self._profile = session, picture, profile
        self._thread: threading.Thread | None = None
        self._done: Callable[[], None] = _nothing
        self._error = ""
        self._reported = self._again = self._closing = False
        self._mark: _Mark | None = None  # of the work in the autosave file
        self._taken: list[Taken] = []  # recovered files, removed once this autosave contains them
        self._recoveries: list[Recovery] = []
        self._timer, self._poll = QTimer(self), QTimer(self)
        self._timer.setInterval(round(1000 * seconds))
        self._timer.timeout.connect(self.tick)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        session.saved.connect(self.tick)

    # start and end

    def start(self) -> None:
        """Claim a folder for this window and look for work left by a crash; `found` may follow."""
        self._begin(self._open_profile, self._offer)
        self._timer.start()

    def tick(self) -> None:
        """Write unsaved work if it has changed; if everything is saved, remove the autosave."""
        if self._thread is not None or self._closing:
            self._again = True
        elif self._session.dirty:
            self._write()
        elif self._mark is not None or self._taken:
            self._begin(self._clear, self._settling(None))

    def save_now(self) -> str:
        """Write unsaved work before returning, at the end of the program; return any error."""
        self._stop()
        self._error = ""
        if self._session.dirty:
            self._write()
            self._wait()
        else:
            self.release()
        return self._error

    def release(self) -> None:
        """Remove the autosave, after the user has saved or discarded; repeated calls do nothing."""
        self._stop()
        self._settling(None)()
        if self._profile is not None:
            self._profile.release()

    # recoveries

    def recover(self, recovery: Recovery) -> bool:
        """Open a recovery as unsaved work; return False if it stays where it is."""
        if not self._session.may_leave():
            return False
        taken = self._opened_profile().take(recovery)
        if taken is None:
            self._session.complain(
                "Another window of FlowLab has opened or discarded it meanwhile."
            )
            return False
        content = self._session.read(recovery.path)
        if content is None:
            taken.give_back()
            return False
        changed = _changed_since(recovery)
        self._session.recover(content, None if changed else recovery.original)
        self._taken.append(taken)
        self.tick()
        for remark in (*content.remarks, *changed):
            self._session.complain(remark)
        return True

    def discard(self, recovery: Recovery) -> None:
        """Remove a recovery, unless another window has taken it."""
        self._opened_profile().discard(recovery)

    # on a thread

    def _opened_profile(self) -> Profile:
        if self._profile is None:
            from flowlab.files.autosave import Profile

            self._profile = Profile()
        return self._profile

    def _open_profile(self) -> None:
        profile = self._opened_profile()
        self._recoveries = profile.found()
        profile.claim()

    def _clear(self) -> None:
        self._opened_profile().clear()

    def _write(self) -> None:
        content, name, path = self._session.content(), self._session.title, self._session.path
        mark = _marked(content, path)
        if mark == self._mark:
            return
        picture = self._picture()

        def work() -> None:
            from flowlab.files.recovery import pack

            self._opened_profile().write(pack(content, name, path, picture))

        self._begin(work, self._settling(mark))

    # results

    def _offer(self) -> None:
        if self._recoveries and not self._closing:
            self.found.emit(self._recoveries)

    def _settling(self, mark: _Mark | None) -> Callable[[], None]:
        """Return what to do once this state is written: remove the recoveries opened until now."""
        covered = tuple(self._taken)

        def done() -> None:
            self._mark, self._reported = mark, self._closing
            for taken in covered:
                taken.discard()
                self._taken.remove(taken)

        return done

    def _begin(self, work: Callable[[], None], done: Callable[[], None]) -> None:
        self._error, self._done, self._again = "", done, False
        self._thread = threading.Thread(target=self._run, args=(work,), name="flowlab-autosave")
        self._thread.start()
        self._poll.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # after any error, the next tick tries again
            self._error = str(error) or type(error).__name__

    def _stop(self) -> None:
        """Stop the timer, and open no more dialogs."""
        self._closing = self._reported = True
        self._timer.stop()
        self._wait()

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
        self._look()

    def _look(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        self._thread = None
        self._poll.stop()
        if not self._error:
            self._done()
        elif not self._reported:
            self._reported = True
            self._session.complain(f"Autosave does not work: {self._error}")
        if self._again and not self._closing:
            self.tick()


def _nothing() -> None:
    """Do nothing."""


def _changed_since(recovery: Recovery) -> tuple[str, ...]:
    """A remark if the original file is newer than the recovery: saving would undo its changes."""
    path = recovery.original
    try:
        newer = path is not None and path.stat().st_mtime > recovery.saved
    except (OSError, ValueError):  # the file is gone, or the name is invalid
        newer = False
    if path is None or not newer:
        return ()
    words = "has been changed since; the recovered work has no file yet, so save it under another"
    return (f"{path.name} {words} name.",)
