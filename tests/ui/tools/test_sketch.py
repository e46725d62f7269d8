"""What is open while drawing: lines, polygons and lassos, closed, taken back and dropped."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.helpers.hands import SHIFT, SQUARE


def test_line_goes_from_press_to_release(hand):
    hand.pencil.set_tool("line")
    hand.drag([(-1, 0), (0, 3), (2, 1)])
    np.testing.assert_allclose(hand.path, [(-1, 0, 1), (2, 1, 1)], atol=1e-6)
    assert hand.strokes[0].tool == "line"


def test_shift_snaps_a_line_to_15_degrees(hand):
    hand.pencil.set_tool("line")
    hand.drag([(1, 1), (1 + 2 * np.cos(0.5), 1 + 2 * np.sin(0.5))], modifiers=SHIFT)
    end = 1 + 2 * np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])  # 0.5 rad = 28.6°, nearest 30°
    np.testing.assert_allclose(hand.path[1, :2], end, atol=1e-6)


def test_a_click_with_the_line_draws_nothing(hand):
    hand.pencil.set_tool("line")
    hand.click(0, 0)
    assert hand.strokes == []


@pytest.mark.parametrize("close", ["enter", "double", "first"])
def test_polygon_of_clicked_corners(hand, close):
    hand.pencil.set_tool("polygon")
    for corner in SQUARE:
        hand.click(*corner)
    assert hand.strokes == []
    if close == "enter":
        assert hand.key(Qt.Key.Key_Return)
    elif close == "double":
        hand.pencil.double_click(*hand.px(*SQUARE[-1]))
        hand.release(*SQUARE[-1])
    else:
        hand.click(SQUARE[0][0] + 0.05, SQUARE[0][1])
    np.testing.assert_allclose(hand.path, [(x, y, 1) for x, y in SQUARE], atol=1e-6)
    assert hand.strokes[0].tool == "polygon"
    assert not hand.pencil.busy


def test_polygon_in_progress_previews_with_the_pointer(hand):
    hand.pencil.set_tool("polygon")
    hand.click(0, 0)
    hand.click(2, 0)
    hand.move(1, 1)
    np.testing.assert_allclose(hand.previews[-1].path.values[:, :2], [(0, 0), (2, 0), (1, 1)])


def test_escape_cancels_a_polygon_and_backspace_takes_a_corner_back(hand):
    hand.pencil.set_tool("polygon")
    for corner in SQUARE:
        hand.click(*corner)
    hand.key(Qt.Key.Key_Backspace)
    assert len(hand.pencil.corners) == 3
    assert hand.key(Qt.Key.Key_Escape)
    assert hand.pencil.corners == []
    assert hand.strokes == []
    assert hand.previews[-1] is None


def test_a_dragged_polygon_is_a_lasso(hand):
    hand.pencil.set_tool("polygon")
    hand.drag([(0, 0), (2, 0), (2, 2), (0, 2)])
    np.testing.assert_allclose(hand.path[:, :2], [(0, 0), (2, 0), (2, 2), (0, 2)], atol=1e-6)


def test_taking_another_tool_closes_an_open_polygon(hand):
    hand.pencil.set_tool("polygon")
    for corner in SQUARE[:3]:
        hand.click(*corner)
    hand.pencil.set_tool("brush")
    assert [s.tool for s in hand.strokes] == ["polygon"]
