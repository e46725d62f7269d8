"""Sentences that lie over the picture for a while, with buttons; nothing moves for them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QHideEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from flowlab.ui.base.theme import set_role

MARGIN, WIDEST = 12, 640  # px: from the edges of the picture, and of a notice
BRIEF_SECONDS = 4.0


class Notice(QFrame):
    """One sentence and its buttons, hidden until there is something to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 7, 8, 7)
        self._row.setSpacing(10)
        self._row.addWidget(self.words, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._brief = False  # True if it hides by itself
        self.hide()

    def add_button(self, text: str, act: Callable[[], object], tip: str = "") -> QPushButton:
        """Add a button at the right, which never takes the focus from the picture."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_role(button, "tight")
        button.clicked.connect(lambda: act())
        self._row.addWidget(button)
        return button

    def tell(self, sentence: str, seconds: float | None = None) -> None:
        """Show a sentence, until it is hidden or for some seconds."""
        self.words.setText(sentence)
        self.words.setAccessibleName(sentence)
        self._timer.stop()
        self._brief = seconds is not None
        if seconds is not None:
            self._timer.start(round(1e3 * seconds))
        self.show()

    def enterEvent(self, event: QEnterEvent) -> None:  # Qt's name
        """Stay while the mouse is over it, if it is to be hidden after a while."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        """Wait again."""
        super().leaveEvent(event)
        if self._brief and self.isVisible():
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Wait no longer for the time to hide."""
        super().hideEvent(event)
        self._timer.stop()


class Notices(QWidget):
    """A column of notices at the top of the picture, below `top` pixels."""

    def __init__(self, canvas: QWidget, top: Callable[[], int]) -> None:
        super().__init__(canvas)
        self._canvas, self._top = canvas, top
        self._notices: list[Notice] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        canvas.installEventFilter(self)
        self.hide()

    def add(self, notice: Notice) -> None:
        """Give a notice its place, below those that are there."""
        self._notices.append(notice)
        self._column.addWidget(notice)
        notice.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Take no more of the picture than what is shown needs."""
        kinds = QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest
        resized = watched is self._canvas and event.type() == QEvent.Type.Resize
        if resized or (watched is not self._canvas and event.type() in kinds):
            self.settle()
        return False

    def settle(self) -> None:
        """Take the place for what is shown now."""
        shown = any(not notice.isHidden() for notice in self._notices)
        if shown:
            self._column.invalidate()
            wide = min(WIDEST, self._canvas.width() - 2 * MARGIN)
            high = self._column.totalHeightForWidth(wide)
            self.setGeometry((self._canvas.width() - wide) // 2, self._top(), wide, high)
            self.raise_()
        self.setVisible(shown)
