"""The pencil's keys: which tool, size and class each chooses."""

import pytest
from PySide6.QtCore import QEvent, Qt


def test_held_e_erases_until_let_go(hand):
    hand.pencil.set_tool("line")
    hand.key(Qt.Key.Key_E)
    hand.drag([(0, 0), (1, 0)])
    hand.key(Qt.Key.Key_E, QEvent.Type.KeyRelease)
    hand.drag([(0, 0), (1, 0)])
    assert [s.tool for s in hand.strokes] == ["eraser", "line"]


def test_e_let_go_in_the_middle_of_a_stroke_ends_it(hand):
    hand.key(Qt.Key.Key_E)
    hand.press(0, 0)
    hand.move(1, 0)
    hand.key(Qt.Key.Key_E, QEvent.Type.KeyRelease)
    assert hand.pencil.tool == "brush"
    hand.move(2, 0)
    hand.release(2, 0)
    assert [s.tool for s in hand.strokes] == ["eraser"]


def test_e_tapped_chooses_the_eraser(hand):
    hand.key(Qt.Key.Key_E)
    hand.key(Qt.Key.Key_E, QEvent.Type.KeyRelease)
    assert hand.pencil.tool == "eraser"


@pytest.mark.parametrize(
    ("key", "tool"),
    [
        ("B", "brush"),
        ("E", "eraser"),
        ("L", "line"),
        ("P", "polygon"),
        ("S", "spray"),
        ("V", "move"),
    ],
)
def test_keys_choose_tools(hand, key, tool):
    hand.pencil.set_tool("line" if tool != "line" else "brush")
    assert hand.key(Qt.Key[f"Key_{key}"])
    assert hand.pencil.tool == tool


def test_brackets_and_wheel_change_the_size(hand):
    sizes = [hand.pencil.size]
    for key in (Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft):
        hand.key(key)
        sizes.append(hand.pencil.size)
    assert sizes[1] > sizes[0]
    assert sizes[2] == pytest.approx(sizes[0])
    hand.pencil.wheel(-240)
    assert hand.pencil.size == pytest.approx(sizes[0] / 1.21)


def test_digits_choose_classes(hand):
    hand.key(Qt.Key.Key_8)
    assert hand.pencil.label == 7


def test_keys_that_mean_nothing_are_left_to_others(hand):
    assert not hand.key(Qt.Key.Key_T)
    assert not hand.key(Qt.Key.Key_Escape)
    assert not hand.key(Qt.Key.Key_Return)
    assert not hand.key(Qt.Key.Key_S, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert hand.pencil.tool == "brush"
