"""The list below the search box, created when it is first opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.theme import colour

if TYPE_CHECKING:
    from flowlab.ui.shell.found import Found

ROW, WIDTH, GAP = 28, 640, 14  # px
Index = QModelIndex | QPersistentModelIndex
SHORTCUT, BESIDE = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
RIGHT = Qt.AlignmentFlag.AlignRight
NOTHING = "No action or setting has these words"


class Row(QStyledItemDelegate):
    """What is found at the left; where it is and its keys, or why it can't be done, at the right.

    The name is never shortened: the place is, from its outer end.
    """

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return the size of one line."""
        return QSize(WIDTH - 20, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the line."""
        theme, rect = current_theme(), QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        possible = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.learned))
            painter.drawRoundedRect(rect, 5, 5)
        inner, metrics = rect.adjusted(8, 0, -8, 0), painter.fontMetrics()
        keys, beside = str(index.data(SHORTCUT)), str(index.data(BESIDE))
        painter.setPen(colour(theme.on_accent if chosen else theme.dim))
        inner.setRight(_write(painter, inner, keys, RIGHT))
        words = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, inner.width())
        room = inner.adjusted(metrics.horizontalAdvance(words) + GAP, 0, 0, 0)
        side = Qt.TextElideMode.ElideLeft if possible else Qt.TextElideMode.ElideRight
        _write(painter, room, metrics.elidedText(beside, side, max(0, room.width())), RIGHT)
        painter.setPen(colour(theme.on_accent if chosen else theme.text if possible else theme.dim))
        _write(painter, inner, words, Qt.AlignmentFlag.AlignLeft)
        painter.restore()


def _write(painter: QPainter, rect: QRect, words: str, side: Qt.AlignmentFlag) -> int:
    """Write words at a side of a rectangle; return where the room at their left ends."""
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, words)
    return rect.right() - (painter.fontMetrics().horizontalAdvance(words) + GAP if words else 0)


class CommandList(QListWidget):
    """A list that floats over its window and never takes the focus."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(Row(self))
        self.setAccessibleName("Actions and settings found")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("QListWidget { padding: 4px; }")

    def show_rows(self, rows: Sequence[Found]) -> None:
        """Show what was found, or that nothing was."""
        self.clear()
        for found in rows:
            item = self._add(found.words, found.why or found.where, found.keys, found.tip)
            if found.why:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        if not rows:
            self._add(NOTHING).setFlags(Qt.ItemFlag.NoItemFlags)

    def _add(self, words: str, beside: str = "", keys: str = "", tip: str = "") -> QListWidgetItem:
        item = QListWidgetItem(words)
        item.setData(SHORTCUT, keys)
        item.setData(BESIDE, beside)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, beside)
        item.setToolTip(tip)
        self.addItem(item)
        return item

    def open_at(self, corner: QPoint, most: int) -> None:
        """Show at most `most` rows below a corner, inside the window."""
        window = self.window()
        width = min(WIDTH, window.width() - 16)
        left = max(8, min(corner.x(), window.width() - width - 8))
        height = min(min(self.count(), most) * ROW + 10, window.height() - corner.y() - 8)
        self.setGeometry(left, corner.y(), width, height)
        self.show()
        self.raise_()
