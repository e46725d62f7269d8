"""Selecting with the pencil: what is framed, picked, moved and turned, and put down."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from flowlab.ui.state.selection import Selection, centroid, inside
from flowlab.ui.tools.pencil_overlay import handle
from tests.helpers.hands import SHIFT, SQUARE, select


def knob(hand):
    return handle(hand.pencil.selection, hand.pencil.pixel)


def test_a_selection_is_dragged_and_applied_by_enter(hand):
    select(hand)
    hand.drag([(0, 0), (0.5, 1), (1.5, -2)])
    assert hand.strokes == []
    assert hand.key(Qt.Key.Key_Return)
    stroke = hand.strokes[0]
    assert stroke.tool == "move"
    np.testing.assert_allclose(stroke.path.values[:4, :2], SQUARE, atol=1e-6)
    assert (stroke.shift_x, stroke.shift_y) == pytest.approx((1.5, -2))
    assert stroke.turn == 0
    assert hand.pencil.selection is None


def test_drags_of_a_selection_add_up_to_one_stroke(hand):
    select(hand)
    hand.drag([(0, 0), (1, 0)])
    hand.drag([(1, 0), (1, 2)])
    hand.key(Qt.Key.Key_Return)
    assert len(hand.strokes) == 1
    assert (hand.strokes[0].shift_x, hand.strokes[0].shift_y) == pytest.approx((1, 2))


def test_dragging_outside_turns_about_the_centroid(hand):
    select(hand)
    x, y = hand.pencil.selection.centre
    hand.drag([knob(hand), (x - 2, y + 2), (x - 3, y)])
    hand.key(Qt.Key.Key_Return)
    assert hand.strokes[0].turn == pytest.approx(90)


def test_shift_snaps_the_turn(hand):
    select(hand)
    x, y = hand.pencil.selection.centre
    hand.drag([knob(hand), (x - 1.5, y + 3)], modifiers=SHIFT)  # 26.6°, nearest 30°
    hand.key(Qt.Key.Key_Return)
    assert hand.strokes[0].turn == pytest.approx(30)


def test_a_click_elsewhere_applies(hand):
    select(hand)
    hand.drag([(0, 0), (1, 0)])
    hand.click(-5, 4)
    assert [s.tool for s in hand.strokes] == ["move"]


def test_escape_puts_a_selection_back(hand):
    select(hand)
    hand.drag([(0, 0), (1, 0)])
    hand.key(Qt.Key.Key_Escape)
    assert hand.strokes == []
    assert hand.pencil.selection is None
    assert hand.previews[-1] is None


def test_a_selection_that_was_not_moved_makes_no_stroke(hand):
    select(hand)
    hand.key(Qt.Key.Key_Return)
    assert hand.strokes == []


def test_a_drag_selects_a_rectangle_and_with_a_lasso_its_line(hand):
    hand.pencil.set_tool("move")
    hand.drag([(-2, -1), (2, 1)])
    np.testing.assert_allclose(hand.pencil.selection.corners, SQUARE, atol=1e-6)
    hand.key(Qt.Key.Key_V)
    assert hand.pencil.region == "lasso"
    triangle = [(-4, 2), (-3, 4), (-2, 2)]
    hand.drag(triangle)
    np.testing.assert_allclose(hand.pencil.selection.corners, triangle, atol=1e-6)
    hand.key(Qt.Key.Key_V)
    assert hand.pencil.region == "rectangle"


def test_shift_adds_to_the_selection_and_only_the_union_moves(hand):
    select(hand)
    hand.drag([(1, 0), (3, 2)], modifiers=SHIFT)
    assert area(hand.pencil.selection) == pytest.approx(8 + 4 - 1)
    hand.drag([(3.5, -3), (4.5, -2)], modifiers=SHIFT)
    selection = hand.pencil.selection
    assert area(selection) == pytest.approx(12)
    assert len(selection.outlines()) == 2
    assert selection.contains((4, -2.5))
    assert not selection.contains((3.2, -1.0))
    assert hand.strokes == []


def area(selection):
    x, y = selection.outline().T
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))


def test_shift_adds_to_a_moved_selection_where_it_is_now(hand):
    select(hand)
    hand.drag([(0, 0), (0, 2)])
    hand.drag([(3, 2), (4, 3)], modifiers=SHIFT)
    assert [s.tool for s in hand.strokes] == ["move"]  # the move so far is applied
    selection = hand.pencil.selection
    assert not selection.moved
    assert selection.contains((0, 2))
    assert selection.contains((3.5, 2.5))
    assert not selection.contains((0, 0))


def test_a_click_picks_the_stroke_under_it(hand):
    asked = []
    hand.pencil.select.pick = lambda at: asked.append(at) or (np.array(SQUARE),)
    hand.pencil.set_tool("move")
    hand.click(0.5, 0.5)
    assert asked == [pytest.approx((0.5, 0.5))]
    np.testing.assert_allclose(hand.pencil.selection.corners, SQUARE)
    hand.pencil.select.pick = lambda at: ()
    hand.click(4, 4)
    assert hand.pencil.selection is None
    assert hand.strokes == []


def test_undo_drops_a_selection_and_takes_back_a_corner(hand):
    control = Qt.KeyboardModifier.ControlModifier
    assert not hand.key(Qt.Key.Key_Z, modifiers=control)  # nothing is open: the window's
    select(hand)
    hand.drag([(0, 0), (1, 0)])
    assert hand.key(Qt.Key.Key_Z, modifiers=control)
    assert hand.pencil.selection is None
    assert hand.strokes == []
    hand.pencil.set_tool("polygon")
    for corner in SQUARE[:2]:
        hand.click(*corner)
    assert hand.key(Qt.Key.Key_Z, modifiers=control)
    assert len(hand.pencil.corners) == 1
    assert hand.key(Qt.Key.Key_Z, modifiers=control)
    assert not hand.pencil.busy


def test_centroid_of_a_triangle_and_of_an_l():
    assert centroid(np.array([(0, 0), (3, 0), (0, 3)], float)) == pytest.approx((1, 1))
    ell = np.array([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)], float)
    assert centroid(ell) == pytest.approx((2.5 / 3, 2.5 / 3))  # squares at .5,.5 1.5,.5 .5,1.5


def test_inside_agrees_with_shapely():
    shapely = pytest.importorskip("shapely")
    rng = np.random.default_rng(1)
    star = np.array(
        [
            (np.cos(a) * r, np.sin(a) * r)
            for a, r in zip(
                np.linspace(0, 2 * np.pi, 10, endpoint=False), [2, 0.7] * 5, strict=True
            )
        ]
    )
    polygon = shapely.Polygon(star)
    for point in rng.uniform(-2, 2, (300, 2)):
        assert inside(star, tuple(point)) == polygon.contains(shapely.Point(point))


def test_outline_turns_counter_clockwise_about_the_centroid():
    selection = Selection(np.array(SQUARE), shift=(1.0, 0.0), turn=90.0)
    np.testing.assert_allclose(selection.outline()[0], (2.0, -2.0), atol=1e-12)
