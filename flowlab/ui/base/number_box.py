"""A box for one number, in any notation that people write."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox

from flowlab.core.document.limits import Invalid
from flowlab.core.written_numbers import Limits, fitted, parse
from flowlab.ui.base.hint import say
from flowlab.ui.base.keyboard import ENTER
from flowlab.ui.base.notation import notation
from flowlab.ui.base.scale import Scale

STEP_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}
UNDO_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class NumberBox(QDoubleSpinBox):
    """A text field for a number in short form; the arrow keys step to round values.

    Any notation of `numbers` can be typed. What the box can't hold is changed to what it can, or to
    the former value, and a hint says so. Thousands are apart ("20,000") while it hasn't the focus;
    with it, there are only digits, so that none can be typed beside a comma.
    """

    finished = Signal()

    def __init__(self, scale: Scale, unit: str = "") -> None:
        super().__init__()
        self.scale = scale
        self.limits = Limits(scale.low, scale.high, scale.whole, unit)
        self._remark = ""  # about what was typed
        self.setDecimals(12)
        self.setRange(scale.low, scale.high)
        self.setSuffix(unit if unit in ("", "°", "%") else f" {unit}")
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "value")
        self.editingFinished.connect(self._finish)
        self.lineEdit().textEdited.connect(lambda _: say(self, ""))

    def _finish(self) -> None:
        self.lineEdit().setModified(False)
        remark, self._remark = self._remark, ""
        self.finished.emit()
        if remark:
            say(self, remark)

    def event(self, event: QEvent) -> bool:
        """Leave undo to the window, except for a number that is still being typed."""
        asks = event.type() == QEvent.Type.ShortcutOverride and not self.lineEdit().isModified()
        if asks and isinstance(event, QKeyEvent) and any(map(event.matches, UNDO_KEYS)):
            return False
        return super().event(event)

    def textFromValue(self, value: float) -> str:  # Qt's name
        """Return the value in short form."""
        return self.scale.text(value) if self.hasFocus() else self.scale.shown(value)

    def valueFromText(self, text: str) -> float:  # Qt's name
        """Return the typed value, inside the limits; the present one if that isn't a number."""
        typed = text.removesuffix(self.suffix()).strip()
        scale, now = self.scale, self.value()
        if typed in ("", scale.text(now), scale.shown(now)):  # shown in short form, but exact
            return now
        try:
            value, self._remark = fitted(parse(typed, self.limits, notation()), self.limits)
        except Invalid as error:
            self._remark = f"{error} The former value is back."
            return now
        return scale.clamped(value)

    def validate(self, text: str, position: int) -> object:
        """Accept any text while it is typed: `valueFromText` judges it."""
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:  # Qt's name
        """Step to the next round values."""
        self.interpretText()
        self.setValue(self.scale.stepped(self.value(), steps))

    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Show the digits that can be edited."""
        self._show_again()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Take what was typed, and show it as all figures are."""
        super().focusOutEvent(event)
        self._show_again()

    def _show_again(self) -> None:
        """Show the value in the notation of this moment."""
        self.blockSignals(True)
        self.setValue(self.value())
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Take what was typed with Enter; only another Enter presses a dialog's button."""
        typed = self.lineEdit().isModified() and event.key() in ENTER
        super().keyPressEvent(event)
        if typed:
            event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Settle when an arrow key is released: holding it is one gesture."""
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat() and event.key() in STEP_KEYS:
            self.finished.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Let the panel scroll unless this number has the focus."""
        if not self.hasFocus():
            event.ignore()
            return
        super().wheelEvent(event)
        self.finished.emit()

    def setValue(self, value: float) -> None:  # Qt's name
        """Show a value; the box widens for one of many digits."""
        super().setValue(value)
        if self.sizeHint().width() > self.width():
            self.updateGeometry()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the space for the longest value of the range, or for the present one."""
        metrics, scale = self.fontMetrics(), self.scale
        longest = scale.low, scale.high, scale.at(0.37), self.value()
        ends = [scale.shown(value) for value in longest]
        digits = max(metrics.horizontalAdvance(text + self.suffix()) for text in (*ends, "0.0000"))
        return QSize(digits + 16, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same space: the longest value must fit."""
        return self.sizeHint()
