"""Digits on keyboards whose row of digits writes something else."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from flowlab.ui.base.keyboard import MAC, WINDOWS, X11, digit_of

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier


def event(
    key: int, text: str, modifiers: Qt.KeyboardModifier = NONE, scan: int = 0, virtual: int = 0
) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, virtual, 0, text)


@pytest.mark.parametrize("digit", range(1, 10))
def test_a_written_digit_is_itself(digit: int) -> None:
    key = Qt.Key.Key_0.value + digit
    for modifiers in (NONE, KEYPAD, SHIFT):  # with Shift on AZERTY
        assert digit_of(event(key, str(digit), modifiers)) == digit


@pytest.mark.parametrize(("digit", "text"), list(enumerate("&é\"'(-è_ç", 1)))
def test_what_azerty_writes_without_shift(digit: int, text: str) -> None:
    assert digit_of(event(ord(text.upper()), text)) == digit


@pytest.mark.parametrize(
    ("platform", "codes"), [("linux", X11), ("win32", WINDOWS), ("darwin", MAC)]
)
def test_any_layout_by_the_place_of_the_key(
    monkeypatch: pytest.MonkeyPatch, platform: str, codes: tuple[int, ...]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for digit, code in enumerate(codes, 1):
        scan, virtual = (0, code) if platform == "darwin" else (code, 0)
        assert digit_of(event(ord("Ě"), "ě", NONE, scan, virtual)) == digit  # as on Czech


def test_signs_elsewhere_are_no_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert digit_of(event(Qt.Key.Key_Minus.value, "-", NONE, 20)) is None  # beside the 0 on QWERTY
    assert digit_of(event(Qt.Key.Key_Exclam.value, "!", SHIFT, X11[0])) is None
    assert digit_of(event(Qt.Key.Key_0.value, "0")) is None
    assert digit_of(event(Qt.Key.Key_T.value, "t")) is None
    assert digit_of(event(Qt.Key.Key_Shift.value, "")) is None
