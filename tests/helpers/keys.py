"""Keys as a keyboard sends them: to whatever has the focus, shortcuts asked first."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from tests.helpers.events import settle

PLAIN = Qt.KeyboardModifier.NoModifier
ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier  # on Windows


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Press and release a key wherever the focus is now."""
    QTest.keyClick(focused(), key, modifiers)
    settle()


def press_as(key: Qt.Key, text: str, modifiers: Qt.KeyboardModifier = PLAIN) -> bool:
    """A key that writes this text; True if the widget would have it before the shortcuts."""
    kind = QEvent.Type.ShortcutOverride
    asked = QKeyEvent(kind, key, modifiers, text)
    asked.ignore()
    QApplication.sendEvent(focused(), asked)
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(focused(), QKeyEvent(kind, key, modifiers, text))
    settle()
    return asked.isAccepted()


def click(widget: QWidget) -> None:
    """Click a widget in the middle."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    settle()


def choose_by_mouse(combo: QComboBox, index: int) -> None:
    """Open a list and click one of its entries."""
    click(combo)
    view = combo.view()
    spot = view.visualRect(combo.model().index(index, 0)).center()
    QTest.mouseMove(view.viewport(), spot)
    QTest.qWait(QApplication.doubleClickInterval() // 2)  # a combo ignores the click that opened it
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    settle()
