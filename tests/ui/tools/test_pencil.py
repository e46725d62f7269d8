"""The pencil: gestures at known pixels make the strokes they should, in the plane."""

import numpy as np
import pytest

from flowlab.scene.base.camera import Camera
from flowlab.ui.tools.trace import LONGEST, Trace
from tests.helpers.hands import RIGHT


def test_brush_follows_the_pointer_in_the_plane(hand):
    hand.drag([(0, 0), (1, 0), (1, 2), (-1.5, 2)])
    stroke = hand.strokes[0]
    assert (stroke.tool, stroke.label, stroke.mirror) == ("brush", 0, "none")
    np.testing.assert_allclose(
        hand.path, [(0, 0, 1), (1, 0, 1), (1, 2, 1), (-1.5, 2, 1)], atol=1e-6
    )


def test_pressure_is_the_third_column(hand):
    hand.press(0, 0, 0.2)
    hand.move(1, 0, 0.6)
    hand.move(2, 0, 1.5)
    hand.release(2, 0)
    np.testing.assert_allclose(hand.path[:, 2], [0.2, 0.6, 1.0])


def test_a_tap_is_a_dot(hand):
    hand.click(1, 1)
    np.testing.assert_allclose(hand.path, [(1, 1, 1)], atol=1e-6)


def test_no_point_is_doubled(hand):
    hand.drag([(0, 0), (0, 0), (1e-4, 0), (1, 0), (1, 0), (1, 1e-5)])
    steps = np.hypot(*np.diff(hand.path[:, :2], axis=0).T)
    assert len(hand.path) == 3
    assert (steps > 0).all()


def test_every_move_previews_and_the_release_ends_it(hand):
    hand.drag([(0, 0), (1, 0), (2, 0)])
    assert [None if p is None else len(p.path) for p in hand.previews] == [1, 2, 3, None]
    assert hand.previews[2].path == hand.strokes[0].path


def test_settings_are_in_the_stroke(hand):
    pencil = hand.pencil
    pencil.set_size(0.8)
    pencil.set_strength(0.4)
    pencil.set_label(5)
    pencil.set_mirror("both")
    hand.click(0, 0)
    stroke = hand.strokes[0]
    assert (stroke.size, stroke.strength, stroke.label, stroke.mirror) == (0.8, 0.4, 5, "both")


def test_settings_stay_inside_the_limits_of_a_stroke(hand):
    pencil = hand.pencil
    for size, strength, label in ((1e9, 7, 99), (-1, -1, -1)):
        pencil.set_size(size)
        pencil.set_strength(strength)
        pencil.set_label(label)
        hand.click(0, 0)
    assert [(s.size, s.strength, s.label) for s in hand.strokes] == [(5.0, 1.0, 7), (0.02, 0.02, 0)]


def test_unknown_tools_and_mirrors_are_ignored(hand):
    hand.pencil.set_tool("chainsaw")
    hand.pencil.set_mirror("z")
    assert (hand.pencil.tool, hand.pencil.mirror) == ("brush", "none")


def test_right_button_erases_and_the_tool_stays(hand):
    hand.drag([(0, 0), (1, 0)], buttons=RIGHT)
    hand.drag([(0, 0), (1, 0)])
    assert [s.tool for s in hand.strokes] == ["eraser", "brush"]


def test_sprays_have_seeds_of_their_own(hand):
    hand.pencil.set_tool("spray")
    hand.click(0, 0)
    hand.click(0, 0)
    first, second = hand.strokes
    assert first.tool == "spray"
    assert first.seed != second.seed


def test_a_long_stroke_keeps_to_the_limit_and_to_its_shape():
    angle = np.linspace(0, 60 * np.pi, 120_000)
    points = np.column_stack([4 * np.cos(angle), 4 * np.sin(angle)])  # 754 units long
    trace = Trace(0.01)
    for x, y in points:
        trace.add(x, y, 1.0)
    assert LONGEST / 2 <= len(trace) <= LONGEST
    np.testing.assert_allclose(trace.points[0, :2], points[0])
    steps = np.hypot(*np.diff(trace.points[:, :2], axis=0).T)
    assert steps.max() < 0.5
    assert np.hypot(*(trace.points[-1, :2] - points[-1])) < 0.5
    assert steps.sum() == pytest.approx(60 * np.pi * 4, rel=0.01)


def test_pixels_map_by_the_camera(hand):
    hand.pencil.begin(Camera(3.0, -2.0, 1.0), 200, 100)
    hand.pencil.press(150, 25)
    hand.pencil.release(150, 25)
    np.testing.assert_allclose(hand.path, [(4, -1.5, 1)], atol=1e-6)
