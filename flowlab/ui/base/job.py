"""Work on a thread of its own, while the window keeps responding."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.limits import Invalid

T = TypeVar("T")

SHOWN_AFTER_MS = 300  # shorter jobs show no dialog
LOOK_MS = 10


class Stopped(Exception):
    """The user has cancelled; nothing has changed."""


class Job(Generic[T]):
    """A function on a thread of its own, with progress and cancellation."""

    def __init__(self, work: Callable[[Job[T]], T], failed: str = "It failed") -> None:
        self.progress, self.error = 0.0, ""
        self.result: T | None = None
        self._stop = threading.Event()
        self._work, self._failed = work, failed
        self.thread = threading.Thread(target=self._run, name="flowlab-job")
        self.thread.start()

    def stop(self) -> None:
        """Ask the job to stop."""
        self._stop.set()

    def cancel(self) -> None:
        """Ask the job to stop, and wait until it has stopped."""
        self.stop()
        self.thread.join()

    @property
    def cancelled(self) -> bool:
        """True if the job was asked to stop."""
        return self._stop.is_set()

    def tell(self, share: float) -> None:
        """Record the progress, 0 to 1."""
        self.progress = share

    def go_on(self, share: float) -> None:
        """Record the progress, 0 to 1; raises `Stopped` if the job was asked to stop."""
        self.tell(share)
        if self.cancelled:
            raise Stopped

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except Stopped:
            pass
        except Invalid as error:
            self.error = str(error)
        except Exception as error:
            self.error = f"{self._failed}: {error}"


def wait_for(
    work: Callable[[Callable[[float], None]], T],
    words: str,
    parent: QWidget,
    *,
    stoppable: bool = True,
) -> T:
    """Do `work(progress)` on a thread while the window keeps painting and offers to cancel.

    `work` calls `progress(share)` from time to time, which ends it once it is cancelled. If it
    isn't `stoppable`, wait for its end, because a half-written file is useless. Return what
    `work` returns; raises `Invalid` with a sentence if it failed, and `Stopped`.
    """
    job: Job[T] = Job(lambda job: work(job.go_on), f"{words.rstrip(' …')} failed")
    dialog = JobDialog(job, words, parent, stoppable=stoppable)
    loop, poll = QEventLoop(), QTimer()
    poll.timeout.connect(lambda: None if dialog.look() else loop.quit())
    poll.start(LOOK_MS)
    loop.exec()
    poll.stop()
    dialog.done_with()
    if job.thread.is_alive() or job.cancelled:  # a step that can't be stopped ends by itself
        job.stop()
        raise Stopped
    if job.error:
        raise Invalid(job.error)
    return job.result  # type: ignore[return-value]  # there is one where there is no error


class JobDialog(QDialog):
    """The progress of a job; Cancel, Escape and closing stop it."""

    def __init__(self, job: Job[T], words: str, parent: QWidget, *, stoppable: bool) -> None:
        super().__init__(parent)
        self.job, self.stoppable = job, stoppable
        self.setWindowTitle("FlowLab")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(360)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(words)
        cancel = QPushButton("Cancel")
        cancel.setVisible(stoppable)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(QLabel(words))
        column.addWidget(self.bar)
        column.addLayout(foot)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.timeout.connect(self.open)
        self._delay.start(SHOWN_AFTER_MS)

    def look(self) -> bool:
        """Show the progress of the job; return False once it is over or stopped."""
        self.bar.setValue(round(1000 * self.job.progress))
        return self.job.thread.is_alive() and not self.job.cancelled

    def reject(self) -> None:
        """Stop the job, if it can be stopped."""
        if self.stoppable:
            self.job.stop()
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Stop the job instead of closing."""
        self.reject()
        event.ignore()  # the dialog closes when the job ends

    def done_with(self) -> None:
        """Stop the timer and delete the dialog."""
        self._delay.stop()
        self.hide()
        self.deleteLater()
