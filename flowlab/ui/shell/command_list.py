"""The list below the search box, created when it is first opened."""

from __future__ import annotations

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

ROW, WIDTH = 28, 460
Index = QModelIndex | QPersistentModelIndex
SHORTCUT = Qt.ItemDataRole.UserRole + 1


class Row(QStyledItemDelegate):
    """An action at the left, its shortcut at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return the size of one line."""
        return QSize(WIDTH - 20, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the action and its shortcut."""
        theme, rect = current_theme(), QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.learned))
            painter.drawRoundedRect(rect, 5, 5)
        keys, inner = str(index.data(SHORTCUT)), rect.adjusted(8, 0, -8, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colour(theme.on_accent if chosen else theme.dim))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | middle, keys)
        inner.setRight(inner.right() - painter.fontMetrics().horizontalAdvance(keys) - 12)
        painter.setPen(colour(theme.on_accent if chosen else theme.text))
        words = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, words)
        painter.restore()


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

    def show_rows(self, rows: list[tuple[str, str, str]]) -> None:
        """Show these texts, shortcuts and tooltips, or that there are none."""
        self.clear()
        for words, keys, tip in rows:
            item = QListWidgetItem(words)
            item.setData(SHORTCUT, keys)
            item.setToolTip(tip)
            self.addItem(item)
        if not rows:
            nothing = QListWidgetItem("No action or setting has these words")
            nothing.setData(SHORTCUT, "")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(nothing)

    def open_at(self, corner: QPoint, most: int) -> None:
        """Show at most `most` rows below a corner, inside the window."""
        window = self.window()
        left = max(8, min(corner.x(), window.width() - WIDTH - 8))
        height = min(min(self.count(), most) * ROW + 10, window.height() - corner.y() - 8)
        self.setGeometry(left, corner.y(), WIDTH, height)
        self.show()
        self.raise_()
