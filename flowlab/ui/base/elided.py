"""A button and a label that shorten their words to fit their width."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QStyleOption

LEAST = 24  # px of a shortened name
PADDING = 20  # px that the style adds beside the words
_DOT = re.compile(r'<font color="(#[0-9a-fA-F]+)">(.)</font>')


class ElidedButton(QPushButton):
    """A button that shows as much of its words as fits, and all of them in its tooltip."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.words = words
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Show these words."""
        self.words = words
        self._elide()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a minimum width of almost nothing: words can always be shortened."""
        return QSize(40, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Fit the words to the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.width() - PADDING
        self.setText(self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room))


class ElidedLabel(QLabel):
    """A name that is shortened where its row is narrow; its tooltip then begins with all of it."""

    def __init__(self, words: str, tip: str) -> None:
        super().__init__(words)
        self.tip = tip
        self.setToolTip(tip)

    @property
    def shortened(self) -> bool:
        """True if there is no room for all words."""
        return self.width() < self.sizeHint().width()

    @property
    def plain(self) -> str:
        """The words without tags."""
        return re.sub("<.*?>", "", self.text())

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a minimum width of almost nothing: words can always be shortened."""
        return QSize(min(LEAST, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Tell the whole name in the tooltip if it is shortened."""
        super().resizeEvent(event)
        self.setToolTip(f"{self.plain}: {self.tip}" if self.shortened else self.tip)

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draw the words, or as many as there is room for."""
        if not self.shortened:
            super().paintEvent(event)
            return
        option, box = QStyleOption(), self.contentsRect()
        option.initFrom(self)
        painter, words = QPainter(self), self.plain
        flags = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
        if dot := _DOT.match(self.text()):  # in the colour of a curve
            painter.setPen(QColor(dot[1]))
            painter.drawText(box, flags, dot[2])
            box.setLeft(box.left() + self.fontMetrics().horizontalAdvance(f"{dot[2]} "))
            words = words.removeprefix(dot[2]).lstrip()
        words = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        self.style().drawItemText(
            painter, box, flags, option.palette, self.isEnabled(), words,
            self.foregroundRole(),
        )  # fmt: skip
