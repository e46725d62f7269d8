"""The dialog that imports a table of points: its columns, how it is written, and a preview."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from flowlab.files.points import Cloud, Examined, examine
from flowlab.files.tables.dialect import DECIMALS, SEPARATORS
from flowlab.files.tables.table import REFUSE, SKIP, WHOLE, Layout, Options, Parts
from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.base.dialog_controls import Reach, soon
from flowlab.ui.base.job import Job
from flowlab.ui.base.theme import set_role
from flowlab.ui.tables.cloud_view import CloudView
from flowlab.ui.tables.rows_view import RowsView

POLL_MS = 30
FAILED = "The file cannot be read"


class ImportDialog(QDialog):
    """Every choice is shown at once: in the rows, in the cloud, and in a sentence."""

    def __init__(
        self, path: Path, role: str, examined: Examined, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Import points as the {role}")
        self.path, self.cloud = path, examined.cloud
        self._options = examined.layout.options
        self._job: Job[Examined] | None = None
        self._old: list[Job[Examined]] = []
        self._make_fields()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._show(examined)

    # widgets

    def _make_fields(self) -> None:
        self.x_box, self.y_box, self.label_box = (
            self._combo(text, partial(self._choose, key))
            for key, text in (("x", "Column of x"), ("y", "Column of y"), ("label", "Class"))
        )
        self.array_box = self._combo("Array", partial(self._take_part, "array"))
        self.sheet_box = self._combo("Sheet", partial(self._take_part, "sheet"))
        self.separator = self._combo("Separator", partial(self._rewrite, "separator"))
        self.decimal = self._combo("Decimal mark", partial(self._rewrite, "decimal"))
        for combo, marks in ((self.separator, SEPARATORS), (self.decimal, DECIMALS)):
            for mark, words in marks.items():
                combo.addItem(words.capitalize(), mark)
        self.header = QCheckBox("The first row holds names")
        self.header.clicked.connect(lambda on: self._rewrite("header", on))
        self.flip = QCheckBox("y points down (pictures)")
        self.flip.setToolTip("Turns the cloud upside down, as pixel coordinates need it")
        self.flip.clicked.connect(lambda on: self._change(flip_y=on))
        self.skip = QCheckBox()
        self.skip.setToolTip("Rows without x, y or class; other columns may be empty")
        self.skip.clicked.connect(lambda on: self._change(empty=SKIP if on else REFUSE))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setMinimumHeight(36)
        self.rows, self.picture = RowsView(), CloudView()
        self.import_button, self.cancel_button = QPushButton("Import"), QPushButton("Cancel")
        self.import_button.setObjectName("primary")
        self.import_button.setDefault(True)
        self.import_button.clicked.connect(self.accept)
        self.cancel_button.clicked.connect(self.reject)

    def _combo(self, name: str, chosen: Callable[[object], None]) -> QComboBox:
        combo = CalmCombo()
        combo.setAccessibleName(name)
        combo.setMinimumWidth(150)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.activated.connect(lambda _: chosen(combo.currentData()))
        return combo

    def _lay_out(self) -> None:
        self.form = QFormLayout()
        self.form.setSpacing(10)
        for text, combo in (
            ("Array", self.array_box),
            ("Sheet", self.sheet_box),
            ("x", self.x_box),
            ("y", self.y_box),
            ("Class", self.label_box),
            ("Separator", self.separator),
            ("Decimal mark", self.decimal),
        ):
            self.form.addRow(text, combo)
        self.form.addRow(self.header)
        self.form.addRow(self.flip)
        self.form.addRow(self.skip)
        upper = QHBoxLayout()
        upper.setSpacing(18)
        upper.addLayout(self.form, 0)
        upper.addWidget(self.picture, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.import_button)
        name = QLabel(self.path.name)
        set_role(name, "heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(name)
        column.addLayout(upper, 1)
        column.addWidget(self.words)
        column.addWidget(self.rows, 1)
        column.addLayout(foot)
        self.resize(620, 640)

    # choices

    def _choose(self, role: str, column: object) -> None:
        """Another column; all three are settled by that, as they are seen."""
        wanted = {key: getattr(self, f"{key}_box").currentData() for key in ("x", "y", "label")}
        self._change(**(wanted | {role: column}))

    def _take_part(self, what: str, name: object) -> None:
        """Another array or sheet, which has columns of its own."""
        self._change(**{what: name, "x": None, "y": None, "label": None})

    def _rewrite(self, what: str, value: object) -> None:
        """Another way to read the text: other columns may be found in it."""
        self._change(**{what: value, "x": None, "y": None, "label": None})

    def _change(self, **changes: object) -> None:
        fields = {name: getattr(self._options, name) for name in Options.__dataclass_fields__}
        self._options = Options(**(fields | changes))
        self._stop()
        options = self._options
        self._job = Job(lambda job: examine(self.path, job.go_on, options), FAILED)
        self.import_button.setEnabled(False)
        self._timer.start()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self._old.append(self._job)
            self._job = None

    def _look(self) -> None:
        """Show what the newest job has read."""
        job = self._job
        if job is None or job.thread.is_alive():
            return
        self._timer.stop()
        self._job = None
        if job.result is not None:
            self._show(job.result)
        else:
            self.cloud = None
            self._tell(job.error, problem=True)
            self.picture.show_cloud(None, job.error)

    # what is shown

    def _show(self, examined: Examined) -> None:
        layout = examined.layout
        self.cloud = examined.cloud
        self._fill(layout)
        self.skip.setText(f"Leave out rows with empty cells ({examined.empty:,})")
        self.skip.setChecked(layout.options.empty == SKIP)
        self.form.setRowVisible(self.skip, examined.empty > 0)
        self.rows.show_layout(layout)
        points = None if self.cloud is None else self.cloud.points
        self.picture.show_cloud(points, "No points yet")
        doubts = layout.doubts
        if examined.problem:
            self._tell(examined.problem, problem=True)
        elif doubts:
            told = "; ".join(doubts)
            self._tell(f"Please check: {told}. {layout.assumed}", problem=False)
        else:
            assert self.cloud is not None
            self._tell(self.cloud.told.removeprefix(f"{layout.name}: "), problem=False)
        self.import_button.setEnabled(self.cloud is not None)

    def _tell(self, sentence: str, *, problem: bool) -> None:
        self.words.setText(sentence)
        self.words.setAccessibleName(sentence)
        set_role(self.words, "warn" if problem else "dim")

    def _fill(self, layout: Layout) -> None:
        roles = layout.roles
        for key in ("x", "y", "label"):
            combo: QComboBox = getattr(self, f"{key}_box")
            with QSignalBlocker(combo):
                combo.clear()
                if key == "label":
                    combo.addItem("None", False)
                for column in layout.columns:
                    if not column.empty and (key == "label" or column.numeric):
                        combo.addItem(_title(column.shown), column.index + 1)
                index = None if roles is None else getattr(roles, key)
                at = combo.findData(False if index is None else index + 1)
                combo.setCurrentIndex(at)
        self._fill_written(layout)
        for what in ("array", "sheet"):
            parts = layout.parts if layout.parts.what == what else WHOLE
            self._fill_parts(getattr(self, f"{what}_box"), parts)

    def _fill_parts(self, combo: QComboBox, parts: Parts) -> None:
        """The arrays or sheets of a file, where several may hold the points."""
        self.form.setRowVisible(combo, len(parts.names) > 1)
        with QSignalBlocker(combo):
            combo.clear()
            for name in parts.names:
                combo.addItem(name, name)
            combo.setCurrentIndex(combo.findData(parts.taken))

    def _fill_written(self, layout: Layout) -> None:
        """Only text has separators and decimal marks; arrays have no header either."""
        text = bool(layout.head.separator)
        for widget in (self.separator, self.decimal):
            self.form.setRowVisible(widget, text)
        self.form.setRowVisible(self.header, self.path.suffix.lower() not in (".npy", ".npz"))
        self.separator.setCurrentIndex(self.separator.findData(layout.head.separator))
        self.decimal.setCurrentIndex(self.decimal.findData(layout.head.decimal))
        self.header.setChecked(bool(layout.head.names))
        self.flip.setChecked(self._options.flip_y)

    # end

    def done(self, result: int) -> None:
        """Close the dialog when its threads have ended."""
        self._timer.stop()
        self._stop()
        for job in self._old:
            job.cancel()
        self._old.clear()
        super().done(result)


def _title(shown: str) -> str:
    if shown.startswith("“"):
        return shown.strip("“”")
    return f"{shown[:1].upper()}{shown[1:]}"


def chosen_cloud(
    path: Path, role: str, examined: Examined, parent: QWidget, reach: Reach | None = None
) -> Cloud | None:
    """The cloud that a person imports from the dialog; None if it is cancelled."""
    dialog = ImportDialog(path, role, examined, parent)
    soon(dialog, reach)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    cloud = dialog.cloud if accepted else None
    dialog.deleteLater()
    return cloud
