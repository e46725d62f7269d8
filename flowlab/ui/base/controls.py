"""Controls for a scrolling panel: a slider, a number, a choice of words, a name."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionSlider,
    QStylePainter,
    QWidget,
)

from flowlab.core.document.limits import Invalid
from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.base.hint import say
from flowlab.ui.base.numbers import Limits, fitted, notation, parse
from flowlab.ui.base.scale import Scale

NOTCHES = 1000
COMMANDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
STEP_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}
UNDO_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
SLIDER_KEYS = (*STEP_KEYS, Qt.Key.Key_Home, Qt.Key.Key_End)


class KeyKeeper(QObject):
    """Keeps keys that a widget uses from the window's shortcuts of one letter or arrow."""

    def __init__(self, widget: QWidget, keys: Iterable[Qt.Key] | None = None) -> None:
        super().__init__(widget)
        self.keys = None if keys is None else frozenset(keys)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Claim the key for the widget; a set of keys that is None claims all but commands."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if event.modifiers() & COMMANDS:
            return False
        if self.keys is None or event.key() in self.keys:
            event.accept()
            return True
        return False


class NameLabel(QLabel):
    """A field's name; a double click resets the field to its default."""

    reset = Signal()

    def __init__(self, text: str, buddy: QWidget, tip: str) -> None:
        super().__init__(text)
        self.setProperty("role", "name")
        self.setBuddy(buddy)
        self.setToolTip(tip)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Ask for the default value."""
        event.accept()
        self.reset.emit()


class CalmSlider(QSlider):
    """A slider that jumps to a click, and reacts to the wheel only while it has the focus."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        KeyKeeper(self, SLIDER_KEYS)
        self.setRange(0, NOTCHES)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def handle(self) -> QRect:
        """Return the rectangle of the handle."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, handle, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Move the handle under the pointer, then drag it."""
        handle, x = self.handle(), event.position().toPoint().x()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(
            event.position().toPoint()
        ):
            room = self.width() - handle.width()
            notch = QStyle.sliderValueFromPosition(
                self.minimum(), self.maximum(), x - handle.width() // 2, room
            )
            self.setSliderDown(True)
            self.setSliderPosition(notch)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Step to round values with the arrows, and to the limits with Home and End."""
        if event.key() in STEP_KEYS:
            self.stepped.emit(STEP_KEYS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Let the panel scroll unless this slider has the focus."""
        if not self.hasFocus():
            event.ignore()
        elif event.angleDelta().y():
            self.stepped.emit(1 if event.angleDelta().y() > 0 else -1)


class NumberBox(QDoubleSpinBox):
    """A text field for a number in short form; the arrow keys step to round values.

    Any notation of `numbers` can be typed. What the box can't hold is changed to what it can, or to
    the former value, and a hint says so.
    """

    finished = Signal()

    def __init__(self, scale: Scale, unit: str = "") -> None:
        super().__init__()
        self.scale = scale
        self.limits = Limits(scale.low, scale.high, scale.whole, unit)
        self._remark = ""  # about what was typed
        self._objected = False  # to what was typed when Enter was last pressed
        self.setDecimals(12)
        self.setRange(scale.low, scale.high)
        self.setSuffix(unit if unit in ("", "°", "%") else f" {unit}")
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "value")
        self.editingFinished.connect(self._finish)

    def _finish(self) -> None:
        self.lineEdit().setModified(False)
        remark, self._remark = self._remark, ""
        self._objected = bool(remark)
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
        return self.scale.text(value)

    def valueFromText(self, text: str) -> float:  # Qt's name
        """Return the typed value, inside the limits; the present one if that isn't a number."""
        typed = text.removesuffix(self.suffix()).strip()
        if typed in ("", self.scale.text(self.value())):  # shown in short form, but exact
            return self.value()
        try:
            value, self._remark = fitted(parse(typed, self.limits, notation()), self.limits)
        except Invalid as error:
            self._remark = f"{error} The former value is back."
            return self.value()
        return self.scale.clamped(value)

    def validate(self, text: str, position: int) -> object:
        """Accept any text while it is typed: `valueFromText` judges it."""
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:  # Qt's name
        """Step to the next round values."""
        self.interpretText()
        self.setValue(self.scale.stepped(self.value(), steps))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Let Enter press a dialog's button only if the number is what was typed."""
        self._objected = False
        super().keyPressEvent(event)
        if self._objected:
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

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the space for the longest value of the range."""
        metrics = self.fontMetrics()
        ends = [self.scale.text(v) for v in (self.scale.low, self.scale.high, self.scale.at(0.37))]
        digits = max(metrics.horizontalAdvance(text + self.suffix()) for text in (*ends, "0.0000"))
        return QSize(digits + 16, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same space: the longest value must fit."""
        return self.sizeHint()


class WordsCombo(CalmCombo):
    """A combo box that shortens words that don't fit."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        KeyKeeper(self, (*SLIDER_KEYS, Qt.Key.Key_Space))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text_room(self) -> int:
        """Return the width, in pixels, available for the words."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        control = QStyle.ComplexControl.CC_ComboBox
        return self.style().subControlRect(control, option, part, self).width() - 4

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  # Qt's name
        """Draw the words, shortened to the available width."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        words: str = option.currentText
        short = self.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, max(0, self.text_room())
        )
        option.currentText = short
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def showPopup(self) -> None:  # Qt's name
        """Open a list wide enough for its longest words."""
        widest = max(self.fontMetrics().horizontalAdvance(w) for w in self.words())
        self.view().setMinimumWidth(widest + 32)
        super().showPopup()

    def words(self) -> list[str]:
        """Return the words of every option."""
        return [self.itemText(i) for i in range(self.count())]
