"""The dialog after a crash: recover unsaved work, discard it, or leave it for later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QBuffer,
    QIODevice,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QImageReader, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from flowlab.ui.base.theme import colour, current_theme

if TYPE_CHECKING:
    from flowlab.files.recovery import Recovery

PICTURE = QSize(144, 90)
MARGIN, LINE, FRAME = 7, 21, 4
ROW = PICTURE.height() + 2 * MARGIN + 4
MOST_ROWS = 4  # the list scrolls beyond
MOST_SIDE = 1024  # largest side of a thumbnail, in pixels; thumbnails are written as 320 x 200
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

Index = QModelIndex | QPersistentModelIndex


class RecoveryDialog(QDialog):
    """Lists work left by a crash; closing the dialog leaves everything for the next start."""

    def __init__(
        self,
        recoveries: Sequence[Recovery],
        recover: Callable[[Recovery], bool],
        discard: Callable[[Recovery], None],
        parent: QWidget | None = None,
    ) -> None:
        """Fill the list; `recover` returns whether it opened a recovery."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Recover unsaved work")
        self._recover, self._discard = recover, discard
        self._recoveries = list(recoveries)
        self.list = QListWidget()
        self.list.setAccessibleName("Unsaved work")
        self.list.setItemDelegate(_Row(self.list))
        self.list.setMinimumWidth(520)
        self.list.setFixedHeight(ROW * min(len(recoveries), MOST_ROWS) + FRAME)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for recovery in self._recoveries:
            self.list.addItem(_item(recovery))
        self.list.setCurrentRow(0)
        self._make_buttons()
        self._lay_out()
        self.list.setFocus()

    def _make_buttons(self) -> None:
        self.recover_button = QPushButton("Recover")
        self.recover_button.setObjectName("primary")
        self.recover_button.setDefault(True)
        self.recover_button.setToolTip("Open it as unsaved work")
        self.discard_button, self.later_button = QPushButton("Discard"), QPushButton("Later")
        self.discard_button.setToolTip("Delete it for good")
        self.later_button.setToolTip("Keep everything, and ask at the next start")
        for button in (self.discard_button, self.later_button):
            button.setAutoDefault(False)
        self.recover_button.clicked.connect(self._recover_chosen)
        self.discard_button.clicked.connect(self._discard_chosen)
        self.later_button.clicked.connect(self.reject)
        self.list.itemActivated.connect(self._recover_chosen)

    def _lay_out(self) -> None:
        heading = QLabel("FlowLab ended before this was saved")
        heading.setProperty("role", "heading")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.discard_button)
        foot.addStretch(1)
        foot.addWidget(self.later_button)
        foot.addWidget(self.recover_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(self.list, 1)
        column.addLayout(foot)

    def _recover_chosen(self) -> None:
        row = self.list.currentRow()
        if row >= 0 and self._recover(self._recoveries[row]):
            self.accept()

    def _discard_chosen(self) -> None:
        row = self.list.currentRow()
        if row < 0:
            return
        self._discard(self._recoveries.pop(row))
        self.list.takeItem(row)
        if not self._recoveries:
            self.reject()


def when_words(saved: datetime, now: datetime) -> str:
    """A time in words: "today 14:32", "yesterday 9:05", "3 March 2026 9:05"."""
    clock = f"{saved.hour}:{saved.minute:02d}"
    days = (now.date() - saved.date()).days
    if days in (0, 1):
        return f"{('today', 'yesterday')[days]} {clock}"
    year = "" if saved.year == now.year else f" {saved.year}"
    return f"{saved.day} {MONTHS[saved.month - 1]}{year} {clock}"


def place_words(original: Path | None) -> str:
    """The place of the original file in words, if there is one."""
    if original is None:
        return "Never saved to a file"
    folder, home = original.parent, Path.home()
    if folder.is_relative_to(home):
        return f"From {Path('~') / folder.relative_to(home)}"
    return f"From {folder}"


def _item(recovery: Recovery) -> QListWidgetItem:
    when = when_words(datetime.fromtimestamp(recovery.saved), datetime.now())
    name = " ".join(recovery.name.split())
    words = (name, when[:1].upper() + when[1:], place_words(recovery.original))
    item = QListWidgetItem("\n".join(words))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(words))
    item.setData(Qt.ItemDataRole.DecorationRole, _picture(recovery.thumbnail))
    item.setToolTip("" if recovery.original is None else str(recovery.original))
    return item


def _picture(content: bytes) -> QPixmap:
    """The thumbnail at its display size; a null pixmap without one.

    Its size is checked before it is decoded, because 4 MB can unpack to gigabytes.
    """
    buffer = QBuffer()
    buffer.setData(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"png")
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > MOST_SIDE:
        return QPixmap()
    reader.setScaledSize(size.boundedTo(PICTURE * 2))  # for screens with two pixels per unit
    return QPixmap.fromImage(reader.read())


class _Row(QStyledItemDelegate):
    """Paints the picture beside three lines: name, time and place."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return the height of the picture with its margins."""
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        box, theme = QRect(option.rect).adjusted(2, 2, -2, -2), current_theme()
        painter.save()
        painter.setRenderHints(HINTS)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(colour(theme.learned))
            painter.setBrush(colour(theme.learned, 0.18))
            painter.drawRoundedRect(box, 5, 5)
        place = QRect(box.topLeft() + QPoint(MARGIN, MARGIN), PICTURE)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if picture.isNull():
            painter.fillRect(place, colour(theme.line))
        else:
            painter.drawPixmap(place, picture)
        _paint_words(painter, box, index.data().split("\n"))
        painter.restore()


def _paint_words(painter: QPainter, box: QRect, lines: list[str]) -> None:
    left = box.left() + MARGIN + PICTURE.width() + 12
    width, top = box.right() - MARGIN - left, box.center().y() - round(1.5 * LINE)
    font, theme = QFont(painter.font()), current_theme()
    for k, line in enumerate(lines):
        font.setWeight(QFont.Weight.Normal if k else QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour(theme.dim if k else theme.text))
        words = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRect(left, top + k * LINE, width, LINE), MIDDLE, words)
