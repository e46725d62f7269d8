"""Reports of uncaught errors from any thread: one dialog at a time, and each place only once."""

from __future__ import annotations

import sys
import threading
import traceback
from collections import deque
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from flowlab.version import __version__

SENTENCE = "Something went wrong inside FlowLab. Your work is still here: save it now."
MOST_WAITING = 5  # errors waiting to be shown; nobody reads more
LONGEST = 20_000  # characters of a report: a bad file may be part of the message

Place = tuple[str, str, int]  # exception name, file and line


class ErrorReporter(QObject):
    """Shows a dialog for each error while installed; other errors go to stderr."""

    _came = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.dialog: ErrorDialog | None = None
        self._window = window
        self._lock = threading.Lock()
        self._reported: set[Place] = set()
        self._waiting: deque[str] = deque()
        self._listening = True
        self._before = (sys.excepthook, threading.excepthook)
        # Queued: threads must not use widgets, and no dialog may open during a paint event.
        self._came.connect(self._show_next, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Replace the present error hooks of this thread and of all others."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook, threading.excepthook = self.report, self.report_thread

    def close(self) -> None:
        """Restore the hooks, and write waiting errors to stderr."""
        with self._lock:
            self._listening = False
            left, self._waiting = self._waiting, deque()
        if sys.excepthook == self.report:
            sys.excepthook = self._before[0]
        if threading.excepthook == self.report_thread:
            threading.excepthook = self._before[1]
        if sys.stderr is not None:
            sys.stderr.writelines(left)
        if self.dialog is not None:
            self.dialog.close()

    def report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Report an error, as `sys.excepthook`."""
        if not self._take(kind, error, trace):
            self._before[0](kind, error, trace)

    def report_thread(self, failure: threading.ExceptHookArgs) -> None:
        """Report an error, as `threading.excepthook`."""
        error = failure.exc_value
        if error is None or not self._take(failure.exc_type, error, failure.exc_traceback):
            self._before[1](failure)

    def _take(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> bool:
        """Return True if the error is shown, now or later, or one from its place was shown."""
        if not issubclass(kind, Exception):  # Ctrl+C, or a thread that ends itself
            return False
        place = place_of(kind, trace)
        with self._lock:
            if not self._listening:
                return False
            if place in self._reported:
                return True
            self._reported.add(place)
        return self._queue(report_of(kind, error, trace))

    def _queue(self, text: str) -> bool:
        with self._lock:
            if not self._listening or len(self._waiting) >= MOST_WAITING:
                return False
            try:
                self._came.emit()
            except RuntimeError:  # Qt has destroyed the window
                return False
            self._waiting.append(text)
            return True

    def _show_next(self) -> None:
        if self.dialog is not None:
            return
        with self._lock:
            if not self._waiting:
                return
            text = self._waiting.popleft()
        self.dialog = ErrorDialog(text, self._window)
        self.dialog.finished.connect(self._shown)
        self.dialog.show()  # not modal: users can save while it is open

    def _shown(self) -> None:
        self.dialog = None
        self._came.emit()


class ErrorDialog(QDialog):
    """A dialog about an error: one sentence, and folded details that can be copied."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("FlowLab")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.details = _details(report)
        self.fold = QPushButton("Show details")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the details, to send them to whoever may help")
        self.close_button = QPushButton("Close")
        self.close_button.setDefault(True)
        self._lay_out()
        self.fold.clicked.connect(self._toggle_details)
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        sign, words, head, row = QLabel(), QLabel(SENTENCE), QHBoxLayout(), QHBoxLayout()
        warning = QStyle.StandardPixmap.SP_MessageBoxWarning
        sign.setPixmap(self.style().standardIcon(warning).pixmap(32, 32))
        words.setWordWrap(True)
        words.setMinimumWidth(380)
        head.setSpacing(14)
        head.addWidget(sign)
        head.addWidget(words, 1)
        row.addWidget(self.fold)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self.details, 1)
        column.addLayout(row)

    def _toggle_details(self) -> None:
        self.details.setVisible(self.details.isHidden())
        self.fold.setText("Show details" if self.details.isHidden() else "Hide details")
        self.adjustSize()

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.details.toPlainText())
        self.copy_button.setText("Copied")


def _details(report: str) -> QPlainTextEdit:
    made = QPlainTextEdit(report)
    made.setReadOnly(True)
    made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    made.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    made.setAccessibleName("Details")
    made.setMinimumSize(560, 240)
    made.hide()
    return made


def place_of(kind: type[BaseException], trace: TracebackType | None) -> Place:
    """The exception's name with the file and line that raised it."""
    if trace is None:
        return kind.__name__, "", 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    return kind.__name__, trace.tb_frame.f_code.co_filename, trace.tb_lineno


def report_of(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """Version, system and traceback, with the middle cut out if it is too long."""
    import platform  # not imported before the first frame

    system = f"{platform.platform()}, Python {platform.python_version()}"
    head = f"FlowLab {__version__} on {system}\n\n"
    text = "".join(traceback.format_exception(kind, error, trace))
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n…\n{text[-LONGEST // 2 :]}"
    return head + text
