"""A sentence that appears beside a control for a few seconds, whatever the mouse does meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from flowlab.ui.base.bound import bound

SECONDS = 4.0
WIDEST = 320  # px
GAP = 2  # px between the control and its hint


class Hint(QLabel):
    """One for each window, where `say` puts it; tooltips vanish with the next click."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("hint")
        self.setProperty("role", "hint")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(1e3 * SECONDS))
        self._timer.timeout.connect(self.hide)

    def show_at(self, control: QWidget, sentence: str) -> None:
        """Show the sentence below the control, or above it where there is no room."""
        window = control.window()
        self.setText(bound(sentence))
        self.setAccessibleName(sentence)
        self.ensurePolished()  # or its font is another one
        self.setWordWrap(False)  # so that the size is that of one line
        widest = min(WIDEST, window.width())
        wide = self.sizeHint().width()
        self.setWordWrap(wide > widest)
        self.setFixedWidth(min(wide, widest))
        self.setFixedHeight(
            self.heightForWidth(self.width()) if wide > widest else self.sizeHint().height()
        )
        corner = control.mapTo(window, QPoint(control.width() - self.width(), 0))
        below, above = corner.y() + control.height() + GAP, corner.y() - self.height() - GAP
        y = below if below + self.height() <= window.height() else max(0, above)
        self.move(max(0, min(corner.x(), window.width() - self.width())), y)
        self.raise_()
        self.show()
        self._timer.start()


def say(control: QWidget, sentence: str) -> None:
    """Show a sentence beside a control; an empty one hides the window's hint."""
    window = control.window()
    hint = window.findChild(Hint, "hint", Qt.FindChildOption.FindDirectChildrenOnly)
    if sentence:
        (hint or Hint(window)).show_at(control, sentence)
    elif hint is not None:
        hint.hide()
