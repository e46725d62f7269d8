"""A switch at the edge of the picture: learned flow, exact flow, or their difference."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QToolTip, QWidget

from flowlab.core.document.view import SHOWS
from flowlab.ui.base.widgets import BRIEF_MS

TIPS = {
    "learned": "What the network has learned so far",
    "exact": "The exact flow, which the network is to learn",
    "difference": "Where the learned velocity is off, and where the exact flow has each particle",
}
LEARNED = "learned"
MARGIN, BESIDE = 12, 54  # px from the canvas's top, and from its right, where the lens button is


class FlowSwitch(QFrame):
    """A switch of three words; those of the exact flow are disabled where none is known."""

    chosen = Signal(str)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setProperty("role", "float")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName("Flow that is shown")
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        self.group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        self.why = ""  # only the learned flow can be shown
        for key, title in SHOWS.items():
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setProperty("role", "quiet")
            button.setToolTip(_tip(key, ""))
            button.setToolTipDuration(BRIEF_MS)
            button.setAccessibleName(f"Show: {title}")
            button.clicked.connect(lambda _, key=key: self.chosen.emit(key))
            self.group.addButton(button)
            self.buttons[key] = button
            row.addWidget(button)
        canvas.installEventFilter(self)
        self._settle()

    def show_choice(self, key: str, why: str = "") -> None:
        """Show which one is selected; `why` says why only the learned flow can be."""
        if why != self.why:
            self.why = why
            for name, button in self.buttons.items():
                button.setEnabled(not why or name == LEARNED)
                button.setToolTip(_tip(name, why))
        self.buttons[LEARNED if why else key].setChecked(True)

    def go_round(self) -> None:
        """Choose the next one, or say why there is none."""
        if self.why:
            place = self.mapToGlobal(self.rect().bottomLeft())
            QToolTip.showText(place, self.why, self)
            return
        keys = list(self.buttons)
        now = next(i for i, key in enumerate(keys) if self.buttons[key].isChecked())
        self.buttons[keys[(now + 1) % len(keys)]].click()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay in the corner when the canvas is resized."""
        if watched is self.parent() and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._settle()
        return False

    def _settle(self) -> None:
        canvas = self.parentWidget()
        assert canvas is not None
        self.adjustSize()
        self.move(canvas.width() - self.width() - BESIDE, MARGIN - 1)


def _tip(key: str, why: str) -> str:
    """What a choice shows, or why it can't."""
    return why if why and key != LEARNED else f"{TIPS[key]} (X goes round)"
