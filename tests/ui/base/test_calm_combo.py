"""A wheel that passes over a combo box belongs to the panel."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.fresh import STARTS_OVER
from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.flow.left_panel import LeftPanel
from flowlab.ui.forms.fields import ChoiceField

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


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_T])
def test_a_key_opens_the_list_where_a_choice_starts_over(qtbot: QtBot, key: Qt.Key) -> None:
    combo, chosen = CalmCombo(starts_over=True), []
    qtbot.addWidget(combo)
    combo.addItems(["one", "two", "three"])
    combo.setCurrentIndex(1)
    combo.activated.connect(chosen.append)
    combo.show()
    combo.setFocus()
    qtbot.waitUntil(combo.hasFocus)
    assert not turned(combo)
    qtbot.keyClick(combo, key)
    qtbot.waitUntil(combo.view().isVisible)
    assert (combo.currentIndex(), chosen) == (1, [])
    qtbot.keyClick(combo.view(), Qt.Key.Key_Down)
    qtbot.keyClick(combo.view(), Qt.Key.Key_Return)
    assert chosen == [2]
    combo.hidePopup()


def test_every_choice_that_starts_over_asks_so(qtbot: QtBot) -> None:
    panel = LeftPanel(Document())
    qtbot.addWidget(panel)
    forms = [panel.network, panel.training, panel.coupling, panel.path]
    rows = [(form.row(spec.name), spec) for form in forms for spec in form.specs]
    choices = [row for row, _ in rows if isinstance(row, ChoiceField)]
    assert {"Predicts", "Activation"} <= {row.title for row in choices}
    for row in choices:
        assert row.combo.starts_over == (STARTS_OVER in row.combo.toolTip())
    assert sum(row.combo.starts_over for row in choices) >= 6
    assert panel.recipe.starts_over


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
