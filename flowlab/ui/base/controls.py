"""Controls for a scrolling panel: a slider, a choice of words, a name."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionSlider,
    QStylePainter,
    QWidget,
)

from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.base.keyboard import COMMANDS
from flowlab.ui.base.number_box import STEP_KEYS

NOTCHES = 1000
PAUSE_MS = 600  # after the last step of keys or wheel, before training starts over
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
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        handle, at = self.handle(), event.position().toPoint()
        if not handle.contains(at):
            room = self.width() - handle.width()
            notch = QStyle.sliderValueFromPosition(
                self.minimum(), self.maximum(), at.x() - handle.width() // 2, room
            )
            self.setSliderDown(True)
            self.setSliderPosition(notch)
        super().mousePressEvent(self._on_handle(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Let go of the handle, wherever it was taken."""
        super().mouseReleaseEvent(event)
        self.setSliderDown(False)

    def _on_handle(self, event: QMouseEvent) -> QMouseEvent:
        """The same press at the height of the handle: above and below it Qt would take no hold."""
        at = QPointF(event.position().x(), self.handle().center().y())
        buttons = event.button(), event.buttons(), event.modifiers()
        return QMouseEvent(event.type(), at, event.globalPosition(), *buttons)

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


class WordsCombo(CalmCombo):
    """A combo box that shortens words that don't fit."""

    def __init__(self, *, starts_over: bool = False) -> None:
        super().__init__(starts_over=starts_over)
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
