"""The picker of distributions: a grid of thumbnails, the same for source and target."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QIcon,
    QKeyEvent,
    QPainter,
    QPen,
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
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.array_types import Floats
from flowlab.core.document.gallery import GALLERY
from flowlab.scene.base.style import Theme
from flowlab.scene.base.thumbnail import thumbnail
from flowlab.ui.base.icons import current_theme, icon
from flowlab.ui.base.theme import colour, font

TILE, PICTURE, GAP = QSize(156, 106), QSize(132, 58), 4
COLUMNS, ROWS = 5, 5
NAME = Qt.ItemDataRole.UserRole
ACTIONS = {
    "draw": ("Draw…", "With the mouse or a pen", "brush"),
    "points": ("Points file…", "CSV, NPY or NPZ", "points"),
    "picture": ("Picture…", "PNG, JPEG or WebP", "picture"),
}
Index = QModelIndex | QPersistentModelIndex


class Tile(QStyledItemDelegate):
    """Paints one entry: its thumbnail, its title, and its distinguishing parameters."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = current_theme()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return the same size for all tiles."""
        return TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the tile, with a frame in the accent colour if it is selected."""
        frame: QRect = option.rect.adjusted(2, 2, -2, -2)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, frame, state)
        picture = QRect(frame.x() + (frame.width() - PICTURE.width()) // 2, frame.y() + 6, 0, 0)
        picture.setSize(PICTURE)
        self._picture(painter, picture, index)
        self._words(painter, frame, str(index.data()))
        painter.restore()

    def _ground(self, painter: QPainter, frame: QRect, state: QStyle.StateFlag) -> None:
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        edge = self.theme.learned if chosen else self.theme.dim if over else self.theme.line
        painter.setPen(QPen(colour(edge), 2 if chosen else 1))
        painter.setBrush(colour(self.theme.raised))
        painter.drawRoundedRect(frame, 6, 6)

    def _picture(self, painter: QPainter, area: QRect, index: Index) -> None:
        icon: QIcon = index.data(Qt.ItemDataRole.DecorationRole)
        if icon is None or icon.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(self.theme.line))
            for dx in (-10, 0, 10):
                painter.drawEllipse(area.center().x() + dx - 2, area.center().y() - 2, 4, 4)
        elif str(index.data(NAME)) in ACTIONS:
            spot = QRect(0, 0, 32, 32)
            spot.moveCenter(area.center())
            icon.paint(painter, spot)
        else:
            icon.paint(painter, area)

    def _words(self, painter: QPainter, frame: QRect, words: str) -> None:
        title, _, detail = words.partition(" · ")
        lines = ((title, 12, self.theme.text, 66), (detail, 11, self.theme.dim, 82))
        for line, size, ink, top in lines:
            painter.setFont(font(size))
            painter.setPen(QColor(*ink))
            room = QRect(frame.x() + 4, frame.y() + top, frame.width() - 8, 16)
            short = painter.fontMetrics().elidedText(
                line, Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, short)


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
        ink = self.theme.source if self.role == "source" else self.theme.target
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
