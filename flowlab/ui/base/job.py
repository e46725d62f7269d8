"""Work on a thread of its own, and the window that stays alive meanwhile."""

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

SHOWN_AFTER_MS = 300  # what is done sooner needs no dialog
LOOK_MS = 10


class Stopped(Exception):
    """The person has cancelled; nothing has changed."""


class Job(Generic[T]):
    """One function on a thread of its own, with progress and a way to stop it."""

    def __init__(self, work: Callable[[Job[T]], T], failed: str = "It failed") -> None:
        self.progress, self.error = 0.0, ""
        self.result: T | None = None
        self._stop = threading.Event()
        self._work, self._failed = work, failed
        self.thread = threading.Thread(target=self._run, name="flowlab-job")
        self.thread.start()

    def stop(self) -> None:
        """Ask it to stop."""
        self._stop.set()

    def cancel(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.stop()
        self.thread.join()

    @property
    def cancelled(self) -> bool:
        """Whether it has been asked to stop."""
        return self._stop.is_set()

    def tell(self, share: float) -> None:
        """Note how far it has come, 0 to 1."""
        self.progress = share

    def go_on(self, share: float) -> None:
        """Note how far it has come, 0 to 1; raises `Stopped` once it has been asked to stop."""
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
    """Do `work(progress)` on a thread; the window is drawn meanwhile, and offers to cancel.

    `progress(share)` is called in `work` from time to time, and ends it once it is cancelled;
    what is not `stoppable` is waited for, as a file half written is no use. Returns what `work`
    returns; raises `Invalid` with a sentence where it failed, and `Stopped`.
    """
    job: Job[T] = Job(lambda job: work(job.go_on), f"{words.rstrip(' …')} failed")
    dialog = JobDialog(job, words, parent, stoppable=stoppable)
    loop, look = QEventLoop(), QTimer()
    look.timeout.connect(lambda: None if dialog.look() else loop.quit())
    look.start(LOOK_MS)
    loop.exec()
    look.stop()
    dialog.done_with()
    if job.thread.is_alive() or job.cancelled:  # a step that knows no stop ends by itself
        job.stop()
        raise Stopped
    if job.error:
        raise Invalid(job.error)
    return job.result  # type: ignore[return-value]  # there is one where there is no error


class JobDialog(QDialog):
    """How far a job has come; Cancel, Escape and closing stop it."""

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
        """Show how far the job has come; False once it is over or stopped."""
        self.bar.setValue(round(1000 * self.job.progress))
        return self.job.thread.is_alive() and not self.job.cancelled

    def reject(self) -> None:
        """Stop the job, where it may be stopped."""
        if self.stoppable:
            self.job.stop()
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Closing stops it."""
        self.reject()
        event.ignore()  # it goes when the job does

    def done_with(self) -> None:
        """Leave nothing behind."""
        self._delay.stop()
        self.hide()
        self.deleteLater()
