"""Whose key it is: the keys of time, layers and tools work in the whole window.

A control has keys of its own, such as arrows and Home, only after Tab has brought the focus to it.
Whatever the mouse has used gives the focus back to the picture, and text that is being typed keeps
all keys. So no key depends on where the mouse was before.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QWidget,
)

from flowlab.ui.base.keyboard import COMMANDS, ENTER, digit_of
from flowlab.ui.canvas.canvas_view import CanvasView

KEEPS = "keeps_focus"  # property of widgets that edit what a click has selected in them
HELD_MS = 40  # between two looks at a mouse button that is still down

Key = Qt.Key
ARROWS = (Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down)
ENDS = (Key.Key_Home, Key.Key_End)
PAGES = (Key.Key_PageUp, Key.Key_PageDown)
# Classes by their names: Qt need not create those that the first frame doesn't use.
OWN = {
    "QAbstractSlider": (*ARROWS, *ENDS, *PAGES),
    "QComboBox": (*ARROWS, *ENDS, *PAGES, Key.Key_Space),
    "QTabBar": (Key.Key_Left, Key.Key_Right, *ENDS),
    "QAbstractButton": (Key.Key_Space,),
}
LINES = ("QLineEdit", "QAbstractSpinBox")  # Enter finishes them
TYPED_IN = (*LINES, "QAbstractItemView", "QTextEdit", "QPlainTextEdit")
OF_THE_WINDOW = (Key.Key_Left, Key.Key_Right, *ENDS, Key.Key_Space)  # and letters and digits


class Keys(QObject):
    """Watches where the focus is and how it came there, and gives each key to its owner."""

    def __init__(self, window: QWidget, canvas: CanvasView, digit: Callable[[int], object]) -> None:
        """Watch a window; `digit` does what the key of a digit means while nobody draws."""
        super().__init__(window)
        self._window, self._canvas, self._digit = window, canvas, digit
        self._watched: QWidget | None = None
        self._last: QWidget | None = None  # the last one in the window that had the focus
        self._tabbed: QWidget | None = None  # the control to which a key has brought the focus
        self._moving = False  # True while a key may move the focus
        self._astray = False  # True if nobody has chosen what has the focus
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_changed)

    def go_to(self, widget: QWidget) -> None:
        """Give the focus to a control as Tab does, so that its own keys work."""
        self._moving = True
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self._moving = False

    def to_canvas(self) -> None:
        """Give the focus to the picture."""
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    # focus

    def _focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        by_key, self._moving = self._moving, False
        inside = now if now is not None and now.window() is self._window else None
        self._watch(inside)
        if inside is None:
            if now is None:
                QTimer.singleShot(0, self, self._fill)
            return
        self._astray = self._left_alone(old, inside)
        if by_key and not self._astray:
            self._tabbed = inside
        elif self._astray or inside is not self._tabbed:
            self._tabbed = None
            QTimer.singleShot(0, self, self._give_back)
        self._last = inside

    def _left_alone(self, old: QWidget | None, now: QWidget) -> bool:
        """Return True if Qt has moved the focus only because it could not stay."""
        if old is None or old.window() is not self._window:
            return now is not self._last
        return not (old.isVisible() and old.isEnabled()) and not now.isAncestorOf(old)

    def _watch(self, widget: QWidget | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._forget)
        self._watched = widget
        if widget is not None:
            widget.installEventFilter(self)
            widget.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._watched = self._last = self._tabbed = None

    def _fill(self) -> None:
        """Give the focus to the picture if the window is active and nobody has it."""
        if QApplication.activeWindow() is self._window and QApplication.focusWidget() is None:
            self.to_canvas()

    def _give_back(self) -> None:
        """Give the focus back after the mouse has used a control."""
        now = self._watched
        if now is None or now in (self._canvas, self._tabbed):
            return
        if not self._astray and (types(now) or now.property(KEEPS)):
            return
        if QApplication.mouseButtons():
            QTimer.singleShot(HELD_MS, self, self._give_back)
        else:
            self.to_canvas()

    # keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Decide about a key before the focused widget sees it."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            QTimer.singleShot(0, self, self._give_back)
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            return self._override(watched, event)
        if event.type() == QEvent.Type.KeyRelease:
            return self._to_pencil(watched, event)
        return event.type() == QEvent.Type.KeyPress and self._press(watched, event)

    def _override(self, widget: QWidget, event: QKeyEvent) -> bool:
        """Answer Qt's question whether the widget wants a key before the shortcuts."""
        if types(widget):
            return False
        if self._owns(widget, event) or self._for_pencil(widget, event):
            event.accept()
            return True
        of_window = event.key() in OF_THE_WINDOW or (event.text().isalnum())
        if widget is not self._tabbed and widget is not self._canvas and of_window:
            event.ignore()  # whatever the widget itself would say
            return not event.modifiers() & COMMANDS
        return False

    def _press(self, widget: QWidget, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in (*ARROWS, Key.Key_Tab, Key.Key_Backtab):
            self._moving = True
            QTimer.singleShot(0, self, self._stopped)
        if types(widget):
            if key == Key.Key_Escape and widget.inherits("QAbstractSpinBox"):
                return self._left(widget)
            typed = _is_any(widget, LINES)
            if typed and key in ENTER:
                QTimer.singleShot(0, self, lambda: self._typed(widget))
            return False
        if self._owns(widget, event):
            return False
        if self._to_pencil(widget, event):
            return True
        if key == Key.Key_Escape and widget is self._tabbed and not widget.property(KEEPS):
            self.to_canvas()
            return True
        return self._canvas.pencil is None and self._other_digit(event)

    def _stopped(self) -> None:
        self._moving = False

    def _left(self, widget: QWidget) -> bool:
        """Give the focus back from a number box, which takes what was typed; False in dialogs."""
        if widget.window() is not self._window or widget.property(KEEPS):
            return False
        self.to_canvas()
        return True

    def _typed(self, widget: QWidget) -> None:
        """Give the focus back after Enter has finished what was typed."""
        if self._watched is widget and not widget.property(KEEPS):
            self.to_canvas()

    def _other_digit(self, event: QKeyEvent) -> bool:
        """Take a digit from a key whose shortcut Qt can't know, as on AZERTY."""
        digit = digit_of(event)
        if digit is None or event.isAutoRepeat() or event.modifiers() & COMMANDS:
            return False
        self._digit(digit)
        return True

    def _owns(self, widget: QWidget, event: QKeyEvent) -> bool:
        """Return True if the key belongs to a control that Tab has reached."""
        if widget is not self._tabbed or event.modifiers() & COMMANDS:
            return False
        if isinstance(widget, QAbstractButton) and event.key() in ARROWS:
            group = widget.group()
            return group is not None and group.exclusive()
        keys = next((keys for kind, keys in OWN.items() if widget.inherits(kind)), ())
        return event.key() in keys

    def _for_pencil(self, widget: QWidget, event: QKeyEvent) -> bool:
        pencil = self._canvas.pencil
        if pencil is None or widget is self._canvas or types(widget):
            return False
        return pencil.wants(event) or event.key() == Key.Key_Escape

    def _to_pencil(self, widget: QWidget, event: QKeyEvent) -> bool:
        """Pass a key on to the tool that draws, wherever the focus is."""
        if event.type() == QEvent.Type.KeyRelease:
            if self._canvas.pencil is None or widget is self._canvas or types(widget):
                return False
            self._canvas.keyReleaseEvent(event)
            return False
        if not self._for_pencil(widget, event):
            return False
        self._canvas.keyPressEvent(event)
        return True


def types(widget: QWidget) -> bool:
    """Return True if text can be typed into a widget."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return _is_any(widget, TYPED_IN)


def _is_any(widget: QWidget, kinds: tuple[str, ...]) -> bool:
    return any(widget.inherits(kind) for kind in kinds)
