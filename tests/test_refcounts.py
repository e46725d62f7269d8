"""The tripwire of the Qt pin: PySide6 6.12 loses references to True and None on Python 3.11."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal

IMMORTAL = sys.version_info >= (3, 12)  # there True and None are not counted at all


class Bell(QObject):
    rung = Signal(int)


@pytest.mark.parametrize("value", [None, True, False])
def test_emits_and_void_calls_move_no_refcount(qapp: object, value: object) -> None:
    bell = Bell()
    bell.rung.connect(lambda n: None)
    before = sys.getrefcount(value)
    for i in range(200):
        bell.rung.emit(i)
    for _ in range(2000):
        bell.setObjectName("x")
    moved = abs(sys.getrefcount(value) - before)
    assert IMMORTAL or moved < 50, f"{value} moved by {moved} references"
