"""The list of this session's trainings, any of which can be opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.estimates import as_good_as_fresh
from flowlab.scene.base.end_colours import role_colour
from flowlab.scene.base.style import Theme
from flowlab.scene.base.thumbnail import thumbnail
from flowlab.ui.base.dialog_controls import DialogControl
from flowlab.ui.base.theme import current_theme
from flowlab.ui.room.figures import AS_GOOD, FRESH, figure
from flowlab.ui.shell.run_words import (
    coupling_words,
    ends_words,
    network_words,
    own_settings,
    path_words,
)
from flowlab.work.kept import RunFacts

# Samples (n, 2) of "source" and "target", as far as they are known, and of which shape they are.
Clouds = Mapping[str, tuple[Floats, Shape]]

CONTROLS = (
    DialogControl("list", "Runs of this session", also="trainings, history"),
    DialogControl(
        "open_button", "Open", "Brings the chosen run back", also="open a run, earlier weights"
    ),
)
COLUMNS = ("Flow", "Network", "Steps", "Trained for", "Loss", "Sliced W₂")
SIZE, EDGE = (1180, 520), 24  # px: fits a screen of 1280 x 720 with its bars, and what stays free
PADDING = 12  # px above and below the lines of a row, together
PAIRED = 2  # settings that share a line
FIGURES = 2  # from this column on
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
PICTURE, GAP = QSize(56, 44), 6
SHORT = 1.0  # seconds; what trained for less, and was left, is not listed


@dataclass(frozen=True)
class Row:
    """One training: its document and its figures."""

    document: Document
    facts: RunFacts
    present: bool


class RunsDialog(QDialog):
    """Stays open beside the window, and follows it."""

    chosen = Signal(int)  # number of a training

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Runs of this session")
        self.list = QTreeWidget()
        self.list.setAccessibleName("Runs of this session")
        self.list.setHeaderLabels(COLUMNS)
        self.list.setRootIsDecorated(False)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setIconSize(QSize(2 * PICTURE.width() + GAP, PICTURE.height()))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        for column in range(len(COLUMNS)):
            if column >= FIGURES:
                self.list.headerItem().setTextAlignment(column, RIGHT)
        self.open_button = QPushButton("Open")
        self.open_button.setObjectName("primary")
        self.open_button.setDefault(True)
        self.open_button.setToolTip("Bring its document and its weights back; undo returns here")
        self.open_button.clicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.list.itemSelectionChanged.connect(self._show_button)
        self._rows: dict[int, Row] = {}
        self._pictures: dict[int, set[str]] = {}  # which of its clouds a row's picture shows
        self._lay_out()
        free = self.screen().availableSize()
        self.resize(min(SIZE[0], free.width() - EDGE), min(SIZE[1], free.height() - 2 * EDGE))

    def _lay_out(self) -> None:
        hint = QLabel(
            "Every training since the program was started, the newest first. Weights that an edit "
            "or a reset has replaced are kept here, within 256 MB."
        )
        hint.setProperty("role", "dim")
        hint.setWordWrap(True)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addWidget(hint, 1)
        foot.addSpacing(20)
        foot.addWidget(close)
        foot.addWidget(self.open_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.list, 1)
        column.addLayout(foot)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """List these trainings; the one that is selected stays selected."""
        numbers = [row.facts.number for row in rows]
        if numbers != list(self._rows):
            self._fill(numbers)
        self._rows = {row.facts.number: row for row in rows}
        for index, row in enumerate(rows):
            item = self.list.topLevelItem(index)
            assert item is not None
            cells = words_of(row)
            for column, words in enumerate(cells):
                if item.text(column) != words:
                    item.setText(column, words)
                    item.setToolTip(column, words)
            item.setSizeHint(0, QSize(0, self._height(cells)))
        self._show_button()

    def show_clouds(self, number: int, clouds: Clouds) -> None:
        """Show samples of a training's source and target."""
        item = self._item(number)
        if item is not None and clouds and self._pictures.get(number) != set(clouds):
            self._pictures[number] = set(clouds)
            item.setIcon(0, QIcon(picture_of(clouds, current_theme(), self.devicePixelRatioF())))

    @property
    def selected(self) -> int | None:
        """The number of the selected training."""
        items = self.list.selectedItems()
        return int(items[0].data(0, Qt.ItemDataRole.UserRole)) if items else None

    def _fill(self, numbers: Sequence[int]) -> None:
        selected = self.selected
        self.list.clear()
        self._pictures.clear()
        for number in numbers:
            item = QTreeWidgetItem(self.list)
            item.setData(0, Qt.ItemDataRole.UserRole, number)
            for column in range(FIGURES, len(COLUMNS)):
                item.setTextAlignment(column, RIGHT)
            item.setSelected(number == selected)

    def _height(self, cells: Sequence[str]) -> int:
        lines = max(words.count("\n") + 1 for words in cells)
        return PADDING + max(PICTURE.height(), lines * self.list.fontMetrics().lineSpacing())

    def _item(self, number: int) -> QTreeWidgetItem | None:
        if number not in self._rows:
            return None
        return self.list.topLevelItem(list(self._rows).index(number))

    def _show_button(self) -> None:
        row = self._rows.get(-1 if self.selected is None else self.selected)
        self.open_button.setEnabled(row is not None and not row.present)

    def _choose(self) -> None:
        if self.open_button.isEnabled() and self.selected is not None:
            self.chosen.emit(self.selected)


def words_of(row: Row) -> tuple[str, ...]:
    """The cells of a row."""
    document, facts, own = row.document, row.facts, own_settings(row.document)
    flow = [
        ends_words(document),
        f"{coupling_words(document)} · {path_words(document)}",
        *(", ".join(own[i : i + PAIRED]) for i in range(0, len(own), PAIRED)),
        *(["open now"] if row.present else []),
    ]
    return (
        "\n".join(flow),
        network_words(document),
        _steps(facts),
        duration(facts.seconds),
        figure(facts.loss),
        _quality(facts),
    )


def _steps(facts: RunFacts) -> str:
    """All steps, and how many of them were made with these settings if others came before."""
    if facts.own_steps == facts.step:
        return f"{facts.step:,}"
    return f"{facts.step:,}\n{facts.own_steps:,} like this"


def _quality(facts: RunFacts) -> str:
    """The distance to the target, and below it that of fresh samples, or that both are alike."""
    w2, fresh = facts.sliced_w2, facts.sliced_w2_floor
    if w2 is None or fresh is None:
        return figure(w2)
    good = as_good_as_fresh(w2, fresh, facts.sliced_w2_spread)
    below = f"{AS_GOOD}: {figure(fresh)}" if good else f"{FRESH} {figure(fresh)}"
    when = "" if facts.measured_at in (None, facts.step) else f"\nat step {facts.measured_at:,}"
    return f"{figure(w2)}\n{below}{when}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours in words."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
    )


def picture_of(clouds: Clouds, theme: Theme, dpr: float) -> QPixmap:
    """Source and target side by side, each as far as its samples are known."""
    whole = QPixmap(round((2 * PICTURE.width() + GAP) * dpr), round(PICTURE.height() * dpr))
    whole.setDevicePixelRatio(dpr)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    for place, role in enumerate(("source", "target")):
        if role in clouds:
            points, shape = clouds[role]
            colour, size = role_colour(theme, role), (PICTURE.width(), PICTURE.height())
            image = thumbnail(points, size, colour, theme, dpr, shape)
            painter.drawImage(place * (PICTURE.width() + GAP), 0, image)
    painter.end()
    return whole


def listed(facts: Sequence[RunFacts], present: int | None) -> list[RunFacts]:
    """The trainings worth listing, the newest first: not those that an edit only passed through."""
    worth = [
        run for run in facts if run.number == present or (run.step and run.own_seconds >= SHORT)
    ]
    return sorted(worth, key=lambda run: (run.number != present, -run.number))
