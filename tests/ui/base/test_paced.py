"""Values passed on no more often than they can be read."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from flowlab.ui.base.paced import Paced


def test_the_first_comes_at_once_and_the_last_of_many_soon(qtbot: QtBot) -> None:
    parent, told = QObject(), []  # type: ignore[var-annotated]
    paced = Paced(parent, told.append, gap=40)
    for k in range(5):
        paced.tell(k)
    assert told == [0]
    qtbot.waitUntil(lambda: told == [0, 4])
    timer = paced.findChild(QTimer)
    qtbot.waitUntil(lambda: not timer.isActive())  # no value has come for that long
    assert told == [0, 4]
    paced.tell(9)
    assert told == [0, 4, 9]


def test_what_waits_can_be_had_now(qtbot: QtBot) -> None:
    parent, told = QObject(), []  # type: ignore[var-annotated]
    paced = Paced(parent, told.append, gap=10_000)
    paced.tell(1)
    paced.flush()
    assert told == [1]
    paced.tell(2)
    paced.tell(3)
    paced.flush()
    assert told == [1, 2, 3]
