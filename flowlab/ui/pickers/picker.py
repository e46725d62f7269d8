"""The picker of distributions: a grid of thumbnails, the same for source and target."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QObject,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QIcon,
    QKeyEvent,
    QPixmap,
    QShowEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.array_types import Floats
from flowlab.core.document.gallery import GALLERY
from flowlab.scene.base.end_colours import role_colour
from flowlab.scene.base.style import Theme
from flowlab.scene.base.thumbnail import thumbnail
from flowlab.ui.base.icons import current_theme, icon
from flowlab.ui.pickers.tile import ACTIONS, NAME, PICTURE, TILE, Index, Tile

COLUMNS, ROWS, GAP = 5, 5, 4


class Picker(QDialog):
    """Choose a distribution by its picture: type to filter, use arrows and Enter to choose."""

    chosen = Signal(str)
    points_requested = Signal()
    picture_requested = Signal()
    draw_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.role, self.theme = "target", current_theme()
        self._clouds: dict[str, Floats] = {}
        self._items: dict[str, QStandardItem] = {}
        self._model = QStandardItemModel(self)
        self._entries = QSortFilterProxyModel(self)
        self._entries.setSourceModel(self._model)
        self._entries.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.heading = QLabel()
        self.heading.setProperty("role", "heading")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter the distributions")
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(200)
        self.grid = QListView()
        self._fill()
        self._prepare_grid()
        self._lay_out()
        self.filter.textChanged.connect(self._filtered)
        self.filter.installEventFilter(self)
        self.grid.clicked.connect(self._take)
        self.set_role("target")

    def _fill(self) -> None:
        for name, (title, _) in GALLERY.items():
            if name != "drawing":  # the tile of a drawing is "Draw…"
                self._add(name, title, title)
        for name, (title, tip, _) in ACTIONS.items():
            self._add(name, f"{title} · {tip}", tip)

    def _add(self, name: str, title: str, tip: str) -> None:
        item = QStandardItem(title)
        item.setData(name, NAME)
        item.setToolTip(tip)
        item.setEditable(False)
        self._items[name] = item
        self._model.appendRow(item)

    def _prepare_grid(self) -> None:
        self.tile = Tile(self.grid)
        self.grid.setModel(self._entries)
        self.grid.setItemDelegate(self.tile)
        self.grid.setViewMode(QListView.ViewMode.IconMode)
        self.grid.setMovement(QListView.Movement.Static)
        self.grid.setResizeMode(QListView.ResizeMode.Adjust)
        self.grid.setUniformItemSizes(True)
        self.grid.setSpacing(0)
        self.grid.setGridSize(TILE + QSize(GAP, GAP))
        self.grid.setMouseTracking(True)
        self.grid.setFrameShape(QListView.Shape.NoFrame)
        self.grid.setStyleSheet("QListView { background: transparent; border: none; }")
        self.grid.setAccessibleName("Distributions")
        self.grid.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        width = COLUMNS * (TILE.width() + GAP) + 16
        self.grid.setMinimumWidth(width)
        self.grid.setMinimumHeight(ROWS * (TILE.height() + GAP) + 4)
        self.grid.installEventFilter(self)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.filter)
        self.nothing = QLabel("Nothing has this name; clear the filter to see everything.")
        self.nothing.setProperty("role", "dim")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 8, 12)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.nothing)
        column.addWidget(self.grid, 1)

    # content

    def set_role(self, role: str) -> None:
        """Set the role, "source" or "target"."""
        self.role = role
        words = f"Choose the {role}"
        self.setWindowTitle(words)
        self.heading.setText(words)
        self._paint_all()

    def set_theme(self, theme: Theme) -> None:
        """Tint all icons and thumbnails again."""
        self.theme = self.tile.theme = theme
        self._paint_all()

    def set_cloud(self, name: str, points: Floats) -> None:
        """Set the samples (n, 2) for the thumbnail of the gallery's entry `name`."""
        if name in self._items:
            self._clouds[name] = points
            self._paint_one(name)

    def wanted(self) -> list[str]:
        """Return the names, in the gallery's order, whose samples are missing."""
        return [name for name in self._items if name not in ACTIONS and name not in self._clouds]

    def names(self) -> list[str]:
        """Return the names of the visible tiles, in order."""
        rows = range(self._entries.rowCount())
        return [str(self._entries.index(row, 0).data(NAME)) for row in rows]

    def set_in_use(self, name: str) -> None:
        """Mark the tile of the present distribution, and begin at it; none if empty."""
        self.tile.in_use = name
        for each, item in self._items.items():
            said = "in use" if each == name else ""
            item.setData(said, Qt.ItemDataRole.AccessibleDescriptionRole)
        self.select(name or next(iter(self._items)))

    def select(self, name: str) -> None:
        """Make `name` the current tile."""
        item = self._items.get(name)
        if item is not None:
            self.grid.setCurrentIndex(self._entries.mapFromSource(item.index()))

    def _paint_all(self) -> None:
        for name in self._clouds:
            self._paint_one(name)
        for name, (_, _, picture) in ACTIONS.items():
            self._items[name].setIcon(icon(picture, self.theme))

    def _paint_one(self, name: str) -> None:
        ink = role_colour(self.theme, self.role)
        ratio = self.devicePixelRatioF()
        image = thumbnail(
            self._clouds[name], (PICTURE.width(), PICTURE.height()), ink, self.theme, ratio
        )
        picture = QIcon()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            picture.addPixmap(QPixmap.fromImage(image), mode)
        self._items[name].setIcon(picture)

    # choosing

    def _filtered(self, words: str) -> None:
        self._entries.setFilterFixedString(words.strip())
        empty = self._entries.rowCount() == 0
        self.nothing.setVisible(empty)
        if not empty and words.strip():
            self.grid.setCurrentIndex(self._entries.index(0, 0))

    def _take(self, index: Index) -> None:
        name = str(index.data(NAME))
        self.accept()
        signals = {
            "points": self.points_requested,
            "picture": self.picture_requested,
            "draw": self.draw_requested,
        }
        if name in signals:
            signals[name].emit()
        else:
            self.chosen.emit(name)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Show an empty filter with the focus."""
        super().showEvent(event)
        self.filter.clear()
        if not self.grid.currentIndex().isValid():
            self.grid.setCurrentIndex(self._entries.index(0, 0))
        self.grid.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Choose with Enter, go to the grid with Down, and send letters typed there to the line."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.grid.currentIndex().isValid() and self._entries.rowCount():
                self._take(self.grid.currentIndex())
            return True
        if watched is self.filter and event.key() == Qt.Key.Key_Down:
            self.grid.setFocus()
            return True
        if watched is self.grid and event.text().strip() and event.text().isprintable():
            self.filter.setFocus()
            self.filter.insert(event.text())
            return True
        return super().eventFilter(watched, event)
