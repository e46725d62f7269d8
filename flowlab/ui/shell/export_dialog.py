"""The export dialog: format, size and time, with an estimate, progress and cancellation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.limits import Invalid
from flowlab.files.free_name import free_path
from flowlab.scene.base.frame import Frame
from flowlab.scene.export.export import Cancelled, ExportSpec, estimate_bytes, export
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.base.job import Job
from flowlab.ui.base.number_box import NumberBox
from flowlab.ui.base.scale import Scale
from flowlab.ui.shell.export_fields import FORMATS, SIZES, STILLS

POLL_MS = 60
FrameAt = Callable[[float, str, int, int], Frame]  # t, theme, width, height
FAILED = "The export failed"


@dataclass(frozen=True)
class Late:
    """What a picture still lacks: in words (none: nothing), the share done, and the frames then."""

    what: Callable[[], str]
    progress: Callable[[], float]
    frames: Callable[[], FrameAt]


class ExportDialog(QDialog):
    """A dialog that exports the present view, at a size independent of the window's."""

    def __init__(
        self,
        frame_at: FrameAt,
        t: float,
        theme: str,
        parent: QWidget | None = None,
        *,
        proposal: Path | None = None,
        late: Late | None = None,
    ) -> None:
        """Set what to draw; `proposal` is a path without suffix, from which a free one is made.

        Until nothing is `late`, an export waits, so that its frames are those of any later one.
        """
        super().__init__(parent)
        self._proposal = proposal or Path.home() / "flow"
        self._named = False  # True once the user has chosen a name
        self._replaces: Path | None = None  # the older file that the user agreed to replace
        self.setWindowTitle("Export")
        self.setMinimumWidth(440)
        self._frame_at, self._t = frame_at, t
        self._late, self._awaited = late, False  # True while an export waits
        self.job: Job[Path] | None = None
        self._estimating: Job[int] | None = None
        self._make_fields(theme)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(250)
        self._delay.timeout.connect(self._estimate)
        self._changed()

    def _make_fields(self, theme: str) -> None:
        self.format = _combo(FORMATS, "Format")
        self.size_box = CalmCombo()
        self.size_box.addItems(list(SIZES))
        self.size_box.setAccessibleName("Size")
        pixels, rate = Scale(16, 8192, whole=True, grouped=False), Scale(1, 60, whole=True)
        self.width_box = _number("Width", 1280, pixels)
        self.height_box = _number("Height", 720, pixels)
        self.fps = _number("Frames a second", 50, rate)
        self.seconds = _number("Length", 4.0, Scale(0.1, 120.0, step=0.5), "s")
        self.ping_pong = QCheckBox("Back and forth")
        self.theme = _combo({"dark": "Dark", "light": "Light"}, "Theme")
        self.theme.setCurrentIndex(self.theme.findData(theme))
        self.path = QLineEdit(str(self._free(".mp4")))
        self.path.setAccessibleName("File")
        self.browse = QPushButton("Browse…")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setProperty("role", "dim")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.hide()
        self.start_button, self.close_button = QPushButton("Export"), QPushButton("Close")
        self.start_button.setObjectName("primary")
        self.start_button.setDefault(True)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Format", self.format)
        form.addRow("Size", _row(self.size_box, self.width_box, QLabel("×"), self.height_box))
        form.addRow("Frames a second", self.fps)
        form.addRow("Length", _row(self.seconds, self.ping_pong))
        form.addRow("Theme", self.theme)
        form.addRow("File", _row(self.path, self.browse))
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.start_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        heading = QLabel("Export what you see")
        heading.setProperty("role", "heading")
        column.addWidget(heading)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        column.addLayout(foot)
        self.format.activated.connect(self._format_chosen)
        self.size_box.activated.connect(self._size_chosen)
        for box in (self.width_box, self.height_box, self.fps, self.seconds):
            box.valueChanged.connect(self._changed)
        self.ping_pong.toggled.connect(self._changed)
        self.theme.activated.connect(self._changed)
        self.browse.clicked.connect(self._browse)
        self.path.textEdited.connect(self._path_typed)
        self.start_button.clicked.connect(self.start)
        self.close_button.clicked.connect(self.stop_or_close)

    @property
    def running(self) -> bool:
        """True while an export renders, or waits for what is late."""
        return self._awaited or self.job is not None

    # settings

    @property
    def spec(self) -> ExportSpec:
        """The chosen settings; raises `Invalid` if they are."""
        return ExportSpec(
            path=Path(self.path.text()).expanduser(),
            width=round(self.width_box.value()),
            height=round(self.height_box.value()),
            fps=self.fps.value(),
            seconds=self.seconds.value(),
            ping_pong=self.ping_pong.isChecked(),
            theme=self.theme.currentData(),
            t=self._t,
        )

    def _format_chosen(self) -> None:
        suffix, path = self.format.currentData(), Path(self.path.text())
        if not self._named:
            self.path.setText(str(self._free(suffix)))
        elif path.name:
            bare = path.with_suffix("") if path.suffix.lower() in FORMATS else path
            self.path.setText(str(bare.with_name(bare.name + suffix)))
        self._changed()

    def _free(self, suffix: str) -> Path:
        """Return a path that is not taken, from the proposal."""
        return free_path(self._proposal.with_name(self._proposal.name + suffix))

    def _size_chosen(self) -> None:
        size = SIZES[self.size_box.currentText()]
        if size is not None:
            self.width_box.setValue(size[0])
            self.height_box.setValue(size[1])

    def _follow_format(self) -> None:
        """Disable what a still picture doesn't have."""
        still = self.format.currentData() in STILLS
        for widget in (self.fps, self.seconds, self.ping_pong):
            allow(widget, "A still picture has one frame" if still else "")

    def _changed(self) -> None:
        self._follow_format()
        chosen = (self.width_box.value(), self.height_box.value())
        names = [name for name, size in SIZES.items() if size == chosen]
        self.size_box.setCurrentText(names[0] if names else "Other")
        self._ask_nothing()
        self._delay.start()

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export to", self.path.text())
        if path:
            self.path.setText(path)
            self._path_typed()
            self._replaces = Path(path)  # the dialog has asked

    def _path_typed(self) -> None:
        """Set the format from the file's suffix."""
        self._named = True
        known = self.format.findData(Path(self.path.text()).suffix.lower())
        if known >= 0:
            self.format.setCurrentIndex(known)
        self._changed()

    def _frames(self, spec: ExportSpec) -> Callable[[float], Frame]:
        frame_at = self._frame_at
        return lambda t: frame_at(t, spec.theme, spec.width, spec.height)

    # estimate

    def _estimate(self) -> None:
        if self.running:
            return
        if self._estimating is not None and self._estimating.thread.is_alive():
            self._estimating.stop()  # it is for earlier settings: estimate again
            self._delay.start()
            return
        try:
            spec = self.spec
        except Invalid as error:
            self.words.setText(str(error))
            return
        frames = self._frames(spec)
        self._estimating = Job(lambda job: estimate_bytes(until_stopped(frames, job), spec), FAILED)
        self.words.setText("Estimating the size …")
        self._timer.start()

    # export

    def start(self) -> None:
        """Start the export and show its progress."""
        self._delay.stop()  # an estimate would replace what is said of the export
        if self._estimating is not None:
            self._estimating.stop()
        try:
            spec = self.spec
        except Invalid as error:
            self.words.setText(str(error))
            return
        if not self._may_write(spec.path):
            return
        self._awaited = True
        self.bar.setValue(0)
        self.bar.show()
        self.close_button.setText("Cancel")
        self.start_button.setEnabled(False)
        self._hold_settings(True)
        self._timer.start()
        self._await()

    def _await(self) -> None:
        """Begin to render once nothing is late."""
        late = self._late
        what = "" if late is None else late.what()
        if what and late is not None:
            self.words.setText(what)
            self.bar.setValue(int(1000 * late.progress()))
            return
        self._awaited = False
        if late is not None:
            self._frame_at = late.frames()
        self._render()

    def _render(self) -> None:
        spec = self.spec
        frames = self._frames(spec)
        self.job = Job(lambda job: export(frames, spec, job.tell, lambda: job.cancelled), FAILED)
        self.bar.setValue(0)
        self.words.setText("Rendering …")

    def _may_write(self, path: Path) -> bool:
        """Return True for a new file, or one that the user has agreed to replace; ask otherwise."""
        if not path.is_file() or path == self._replaces:
            return True
        self._replaces = path
        self._delay.stop()  # the estimate would take the question's place
        self.start_button.setText("Replace")
        self.start_button.setEnabled(False)  # or a double click would answer the question, too
        QTimer.singleShot(2 * QApplication.doubleClickInterval(), self._let_answer)
        self.words.setText(f"{path.name} exists already. Replace it, or choose another name?")
        return False

    def _let_answer(self) -> None:
        self.start_button.setEnabled(not self.running)

    def _ask_nothing(self) -> None:
        """Withdraw the question whether to replace a file: the settings have changed."""
        self._replaces = None
        self.start_button.setText("Export")

    def stop_or_close(self) -> None:
        """Cancel a running export, otherwise close."""
        if not self.running:
            self.reject()
            return
        if self.job is not None:
            self.job.cancel()
        self._done("Cancelled; nothing was written.")

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Cancel a running export instead of closing."""
        self.reject()
        event.accept()

    def reject(self) -> None:
        """Close after the threads have ended."""
        if self.job is not None:
            self.job.cancel()
        self.job, self._awaited = None, False
        self._finish_estimate()
        self._timer.stop()
        self._delay.stop()
        super().reject()

    def _finish_estimate(self) -> None:
        if self._estimating is not None:
            self._estimating.cancel()
            self._estimating = None

    def _look(self) -> None:
        if self._awaited:
            self._await()
        elif self.job is not None:
            self.bar.setValue(int(1000 * self.job.progress))
            if not self.job.thread.is_alive():
                self._done(self.job.error or f"Written to {self.job.result}{self._size_note()}.")
        elif self._estimating is not None and not self._estimating.thread.is_alive():
            job, self._estimating = self._estimating, None
            self._timer.stop()
            if not job.cancelled:
                about = f"About {size_words(job.result or 0)}{self._size_note()}."
                self.words.setText(job.error or about)

    def _hold_settings(self, running: bool) -> None:
        """Let the settings be those of the running export, of which its words speak."""
        for box in self.findChildren(QWidget):
            if isinstance(box, QAbstractSpinBox | QComboBox | QLineEdit):
                box.setEnabled(not running)
        if not running:
            self._follow_format()

    def _size_note(self) -> str:
        """Return what the size becomes, where that isn't the one chosen."""
        try:
            note = self.spec.size_note
        except Invalid:
            return ""
        return f", {note}" if note else ""

    def _done(self, words: str) -> None:
        self.job, self._awaited = None, False
        self._hold_settings(False)
        self._ask_nothing()
        self._timer.stop()
        self.bar.hide()
        self.words.setText(words)
        self.close_button.setText("Close")
        self.start_button.setEnabled(True)


def until_stopped(frames: Callable[[float], Frame], job: Job[int]) -> Callable[[float], Frame]:
    """The same frames, with an exception once the job was asked to stop."""

    def frame_at(t: float) -> Frame:
        if job.cancelled:
            raise Cancelled
        return frames(t)

    return frame_at


def size_words(count: float) -> str:
    """A number of bytes in words."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _combo(options: dict[str, str], name: str) -> QComboBox:
    box = CalmCombo()
    for key, title in options.items():
        box.addItem(title, key)
    box.setAccessibleName(name)
    return box


def _number(name: str, value: float, scale: Scale, unit: str = "") -> NumberBox:
    box = NumberBox(scale, unit)
    box.setProperty("role", "")
    box.setAlignment(Qt.AlignmentFlag.AlignLeft)
    box.setValue(value)
    box.setAccessibleName(name)
    return box


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QLineEdit) else 0)
    return row
