"""One entry of the picker as it is painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from flowlab.ui.base.icons import current_theme
from flowlab.ui.base.theme import colour, font

TILE, PICTURE = QSize(156, 106), QSize(132, 58)
NAME = Qt.ItemDataRole.UserRole
ACTIONS = {
    "draw": ("Draw…", "With the mouse or a pen", "brush"),
    "points": ("Points file…", "CSV, TSV, XLSX, NPY or NPZ", "points"),
    "picture": ("Picture…", "PNG, JPEG or WebP", "picture"),
}
Index = QModelIndex | QPersistentModelIndex


class Tile(QStyledItemDelegate):
    """Paints one entry: its thumbnail, its title, and its distinguishing parameters.

    The entry in use has a frame of the accent colour and a tick; a ring is around the one that
    Enter would choose.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = current_theme()
        self.in_use = ""  # name of the entry that the document has

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return the same size for all tiles."""
        return TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the tile, and whether it is in use or selected."""
        frame: QRect = option.rect.adjusted(2, 2, -2, -2)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        in_use = bool(self.in_use) and str(index.data(NAME)) == self.in_use
        self._ground(painter, frame, state, in_use)
        picture = QRect(frame.x() + (frame.width() - PICTURE.width()) // 2, frame.y() + 6, 0, 0)
        picture.setSize(PICTURE)
        self._picture(painter, picture, index)
        self._words(painter, frame, str(index.data()))
        if in_use:
            self._tick(painter, frame)
        painter.restore()

    def _ground(
        self, painter: QPainter, frame: QRect, state: QStyle.StateFlag, in_use: bool
    ) -> None:
        theme = self.theme
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(colour(theme.dim if over else theme.line), 1))
        painter.setBrush(colour(theme.raised))
        painter.drawRoundedRect(frame, 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if in_use:
            painter.setPen(QPen(colour(theme.learned), 2))
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 4, 4)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(colour(theme.text), 2))
            painter.drawRoundedRect(frame, 6, 6)

    def _tick(self, painter: QPainter, frame: QRect) -> None:
        """Draw a tick on a disc of the accent colour into the upper right corner."""
        middle = QPointF(frame.right() - 11, frame.top() + 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self.theme.learned))
        painter.drawEllipse(middle, 7, 7)
        painter.setPen(QPen(colour(self.theme.on_accent), 2))
        corners = [middle + QPointF(*at) for at in ((-3.5, 0.0), (-1.0, 2.5), (3.5, -2.5))]
        painter.drawPolyline(corners)

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
