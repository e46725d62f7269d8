"""A wheel that passes over a combo box belongs to the panel."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from flowlab.ui.base.calm_combo import CalmCombo

NONE = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase


def turned(combo: CalmCombo) -> bool:
    """Turn the wheel down over the combo box; return True if the combo box took it."""
    here, down = QPointF(5, 5), QPoint(0, -120)
    event = QWheelEvent(here, combo.mapToGlobal(here), QPoint(), down, *NONE, False)
    QApplication.sendEvent(combo, event)
    return event.isAccepted()


def test_the_wheel_moves_it_only_while_it_has_the_focus(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    column, combo, other = QVBoxLayout(panel), CalmCombo(), CalmCombo()
    for each in (combo, other):
        each.addItems(["one", "two", "three"])
        column.addWidget(each)
    panel.show()
    panel.activateWindow()
    other.setFocus()
    assert not turned(combo)
    assert combo.currentIndex() == 0
    combo.setFocus()
    qtbot.waitUntil(combo.hasFocus)
    assert turned(combo)
    assert combo.currentIndex() == 1


def test_enter_that_chooses_an_entry_presses_no_button(qtbot: QtBot) -> None:
    dialog, combo, button = QDialog(), CalmCombo(), QPushButton("Do it")
    pressed: list[str] = []
    qtbot.addWidget(dialog)
    combo.addItems(["a", "b"])
    button.setDefault(True)
    button.clicked.connect(lambda: pressed.append(combo.currentText()))
    column = QVBoxLayout(dialog)
    column.addWidget(combo)
    column.addWidget(button)
    dialog.show()
    combo.setFocus()
    combo.showPopup()
    combo.view().setCurrentIndex(combo.model().index(1, 0))
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Return)  # as a keyboard sends it
    assert combo.currentText() == "b"
    assert not combo.view().isVisible()
    assert pressed == []
    qtbot.wait(1)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Return)
    assert pressed == ["b"]
