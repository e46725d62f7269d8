"""The pencil: gestures at known pixels make the strokes they should, in the plane."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QStackedWidget,
    QWidget,
)

from flowlab.core.distributions.drawing import apply, rasterise
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Drawing, Stroke
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import CLASS_COLOURS
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.base.controls import CalmSlider
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.state.selection import Selection, centroid, inside
from flowlab.ui.tools.pencil import Pencil
from flowlab.ui.tools.pencil_bar import PencilBar
from flowlab.ui.tools.pencil_overlay import handle
from flowlab.ui.tools.sheet import DrawingSheet
from flowlab.ui.tools.trace import LONGEST, Trace

SHIFT, PLAIN = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
RIGHT = Qt.MouseButton.RightButton
SQUARE = [(-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0)]


class Hand:
    """Drives a pencil in plane coordinates over a canvas of 600 x 500 px, 50 px to the unit."""

    def __init__(self):
        self.pencil, self.strokes, self.previews = Pencil(), [], []
        self.pencil.stroked.connect(self.strokes.append)
        self.pencil.preview.connect(self.previews.append)
        self.pencil.begin(Camera(0.0, 0.0, 5.0), 600, 500)

    @staticmethod
    def px(x, y):
        return 300 + 50 * x, 250 - 50 * y

    def press(self, x, y, pressure=1.0, buttons=Qt.MouseButton.LeftButton, modifiers=PLAIN):
        self.pencil.press(*self.px(x, y), pressure, buttons, modifiers)

    def move(self, x, y, pressure=1.0, modifiers=PLAIN):
        self.pencil.move(*self.px(x, y), pressure, Qt.MouseButton.LeftButton, modifiers)

    def release(self, x, y, modifiers=PLAIN):
        self.pencil.release(*self.px(x, y), 1.0, Qt.MouseButton.NoButton, modifiers)

    def drag(self, points, **press):
        modifiers = press.get("modifiers", PLAIN)
        self.press(*points[0], **press)
        for point in points[1:]:
            self.move(*point, modifiers=modifiers)
        self.release(*points[-1], modifiers=modifiers)

    def click(self, x, y):
        self.press(x, y)
        self.release(x, y)

    def key(self, key, kind=QEvent.Type.KeyPress, modifiers=PLAIN):
        return self.pencil.key(QKeyEvent(kind, key, modifiers))

    @property
    def path(self):
        assert len(self.strokes) == 1
        return self.strokes[0].path.values


@pytest.fixture
def hand(qapp):
    return Hand()


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


def test_sprays_have_seeds_of_their_own(hand):
    hand.pencil.set_tool("spray")
    hand.click(0, 0)
    hand.click(0, 0)
    first, second = hand.strokes
    assert first.tool == "spray"
    assert first.seed != second.seed


def select(hand):
    hand.pencil.set_tool("move")
    hand.drag([SQUARE[0], SQUARE[2]])
    assert hand.pencil.selection is not None


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


# selections


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


def test_the_outline_is_where_the_mass_goes(qapp):
    sheet, dot = DrawingSheet(), Array([[1.5, 0.5, 1.0]])
    sheet.set_drawing(Drawing(strokes=(Stroke(path=dot),)))
    selection = Selection(np.array(SQUARE), shift=(-1.0, 2.0), turn=60.0)
    path = Array(np.column_stack([SQUARE, np.ones(4)]))
    sheet.set_preview(Stroke(tool="move", path=path, shift_x=-1.0, shift_y=2.0, turn=60.0))
    mass = sheet.layers[0].astype(float)
    centres = (np.arange(256) + 0.5) / 256 * 10 - 5
    middle = (mass.sum(0) @ centres / mass.sum(), mass.sum(1) @ centres / mass.sum())
    c, s = np.cos(np.pi / 3), np.sin(np.pi / 3)
    expected = (c * 1.5 - s * 0.5 - 1, s * 1.5 + c * 0.5 + 2)
    assert middle == pytest.approx(expected, abs=0.03)
    assert selection.contains(middle)


# the sheet


def wave(n=60):
    t = np.linspace(0, 1, n)
    return Array(np.column_stack([6 * t - 3, 2 * np.sin(9 * t), 0.4 + 0.6 * t]))


FINISHED = [Stroke(path=wave(), size=0.5), Stroke(tool="polygon", path=wave(9))]
GROUND = Stroke(tool="polygon", path=Array([[-3, -3, 1], [4, -2, 1], [0, 4, 1]]))


@pytest.mark.parametrize(
    ("tool", "size", "mirror"),
    [
        ("brush", 0.1, "none"),
        ("brush", 0.5, "x"),
        ("brush", 2.5, "both"),
        ("eraser", 0.1, "y"),
        ("eraser", 0.5, "none"),
        ("spray", 1.5, "x"),
        ("line", 0.5, "both"),
        ("polygon", 0.5, "y"),
    ],
)
def test_preview_equals_what_the_finished_stroke_leaves(hand, tool, size, mirror):
    pencil, sheet = hand.pencil, DrawingSheet()
    sheet.set_drawing(Drawing(strokes=(GROUND,)))
    pencil.preview.connect(lambda stroke: stroke and sheet.set_preview(stroke))
    pencil.set_tool(tool)
    pencil.set_size(size)
    pencil.set_mirror(mirror)
    pencil.set_strength(0.6)
    pencil.set_label(0 if tool == "eraser" else 2)
    points = wave(120).values
    hand.press(*points[0])
    for point in points[1:]:
        hand.move(*point)
    hand.release(*points[-1, :2])
    final = rasterise((GROUND, hand.strokes[0]), 5.0)
    assert np.abs(final - np.resize(rasterise((GROUND,), 5.0), final.shape)).max() > 0.3
    np.testing.assert_allclose(sheet.layers, final, atol=1e-3)


def test_preview_of_a_move_equals_what_it_leaves(hand):
    sheet = DrawingSheet()
    sheet.set_drawing(Drawing(strokes=(GROUND,)))
    select(hand)
    hand.pencil.preview.connect(lambda stroke: stroke and sheet.set_preview(stroke))
    hand.drag([(0, 0), (0.5, 0.5), (1.0, 2.0)])
    hand.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(sheet.layers, rasterise((GROUND, hand.strokes[0]), 5.0))


def test_a_picture_of_many_strokes_is_not_touched_by_painting():
    sheet = DrawingSheet()
    sheet.set_drawing(Drawing(strokes=tuple(FINISHED)))
    sheet.set_preview(FINISHED[1])
    sheet.set_preview(None)
    np.testing.assert_array_equal(sheet.layers, rasterise(tuple(FINISHED), 5.0))


def test_taking_the_preview_off_shows_the_drawing_again():
    sheet = DrawingSheet()
    sheet.set_drawing(Drawing(strokes=(FINISHED[0],)))
    before = sheet.image().copy()
    sheet.set_preview(FINISHED[1])
    assert sheet.image() != before
    sheet.set_preview(None)
    assert sheet.image() == before


def test_the_picture_is_upright():
    sheet = DrawingSheet()
    sheet.set_drawing(Drawing(strokes=(Stroke(path=Array([[2.0, 3.0, 1.0]]), size=1.0),)))
    column, row = int((2 + 5) / 10 * 256), int((5 - 3) / 10 * 256)
    assert sheet.image().pixelColor(column, row).alpha() == 255
    assert sheet.image().pixelColor(column, 255 - row).alpha() == 0


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_ink_has_the_colour_of_its_class_and_keeps_it_when_another_joins(theme):
    sheet = DrawingSheet()
    dot = Stroke(path=Array([[0.0, 0.0, 1.0]]), size=2.0)
    other = Stroke(path=Array([[3.0, 0.0, 1.0]]), size=2.0, label=3)
    own = CLASS_COLOURS[theme.name]
    for role in ("source", "target"):
        sheet.set_drawing(Drawing(strokes=(dot,)), role)
        assert sheet.image(theme).pixelColor(128, 128).getRgb()[:3] == own[0]
    sheet.set_drawing(Drawing(strokes=(dot, other)))
    colours = [sheet.image(theme).pixelColor(x, 128).getRgb()[:3] for x in (128, 205)]
    assert colours == [own[0], own[3]]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_chip_has_the_colour_of_its_ink(theme, qapp):
    apply_theme(qapp, theme)
    bar = PencilBar(Pencil())
    for label, swatch in enumerate(bar.swatches):
        image = swatch.grab().toImage()
        assert (
            image.pixelColor(image.width() // 2, 19).getRgb()[:3]
            == CLASS_COLOURS[theme.name][label]
        )
        assert swatch.accessibleName() == f"Class {label + 1}"
    apply_theme(qapp, DARK)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_overlay_and_sheet_paint(hand, theme):
    hand.pencil.set_mirror("x")
    select(hand)
    sheet = DrawingSheet()
    image = QImage(600, 500, QImage.Format.Format_RGB32)
    image.fill(QColor(*theme.canvas))
    painter = QPainter(image)
    sheet.paint(painter, Camera(0, 0, 5.0), 600, 500, theme)
    hand.pencil.paint_overlay(painter, Camera(0, 0, 5.0), 600, 500, theme)
    painter.end()
    column = {image.pixelColor(300, y).getRgb()[:3] for y in range(500)}
    assert theme.learned in column  # the axis of the mirror and the handle


# the bar


@pytest.fixture
def bar(qtbot, qapp, hand):
    apply_theme(qapp, DARK)
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(804, 600)
    made = PencilBar(hand.pencil, canvas)
    made.canvas = canvas
    canvas.show()
    made.resize(made.fitted(780))
    made.show()
    return made


def fit(bar, width):
    """Lay the bar out for a canvas of this width; return what is wrong with it."""
    bar.resize(bar.fitted(width))
    bar.layout().activate()
    seen = [w for w in bar.findChildren(QWidget) if w.isVisibleTo(bar) and not _inner(w)]
    boxes = [(w, QRect(w.mapTo(bar, QPoint(0, 0)), w.size())) for w in seen]
    faults = [f"{w} is outside" for w, box in boxes if not bar.rect().contains(box)]
    faults += [f"{w} is cut" for w, box in boxes if box.width() < w.minimumSizeHint().width()]
    for k, (w, box) in enumerate(boxes):
        faults += [f"{w} on {other}" for other, place in boxes[:k] if box.intersects(place)]
    return faults


def _inner(widget):
    """True for boxes of others, and for what a control is made of."""
    return type(widget) in (QWidget, QStackedWidget) or not isinstance(
        widget, (QLabel, QAbstractButton, QComboBox, CalmSlider)
    )


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5])
@pytest.mark.parametrize("width", [296, 496, 752, 1392])  # canvases of 320, 520, 776, 1416 px
@pytest.mark.parametrize("tool", ["brush", "move"])
def test_nothing_in_the_bar_is_cut_or_covered(qapp, monkeypatch, hand, bar, tool, width, scale):
    for name, size in (("BODY", 13), ("SMALL", 11), ("HEADING", 16)):
        monkeypatch.setattr(f"flowlab.ui.base.theme.FONT_{name}", round(scale * size))
    apply_theme(qapp, DARK)
    try:
        hand.pencil.set_tool(tool)
        assert bar.hint.font().pixelSize() == round(scale * 11)
        assert fit(bar, width) == []
        assert bar.width() <= width or scale > 1.25
        assert bar.height() < 300
        texts = [w for w in bar.findChildren(QLabel) if w.isVisibleTo(bar)]
        assert all(w.text() for w in texts)
    finally:
        monkeypatch.undo()
        apply_theme(qapp, DARK)


@pytest.mark.parametrize("width", [296, 496, 752])
def test_no_tool_changes_the_size_of_the_bar(bar, hand, width):
    sizes = set()
    for tool in bar.tools:
        hand.pencil.set_tool(tool)
        sizes.add(bar.fitted(width).toTuple())
    assert len(sizes) == 1


def test_the_bar_says_what_the_select_tool_does(bar, hand):
    bar.tools["move"].click()
    assert "rectangle" in bar.hint.text()
    assert bar.regions["rectangle"].isVisible()
    assert not bar.size_slider.isVisible()
    bar.regions["lasso"].click()
    assert hand.pencil.region == "lasso"
    assert "line around" in bar.hint.text()
    hand.drag([(-1, -1), (1, -1), (1, 1)])
    assert "Esc" in bar.hint.text()
    bar.tools["brush"].click()
    assert bar.size_slider.isVisible()


def test_bar_sets_the_pencil(qtbot, bar, hand):
    bar.tools["spray"].click()
    bar.swatches[4].click()
    bar.size_slider.setValue(1000)
    bar.strength_slider.setValue(0)
    bar.mirror.setCurrentIndex(bar.mirror.findData("y"))
    bar.mirror.activated.emit(bar.mirror.currentIndex())
    pencil = hand.pencil
    assert (pencil.tool, pencil.label, pencil.size, pencil.strength, pencil.mirror) == (
        "spray", 4, 5.0, 0.02, "y",
    )  # fmt: skip


def test_bar_follows_the_pencil(bar, hand):
    hand.key(Qt.Key.Key_L)
    hand.key(Qt.Key.Key_3)
    hand.pencil.set_size(1.0)
    assert bar.tools["line"].isChecked()
    assert bar.swatches[2].isChecked()
    assert bar.size_value.text() == "1"


def test_bar_names_what_is_drawn(bar):
    bar.set_role("source")
    assert bar.title.text() == "Drawing the source"


def test_done_applies_what_is_open(qtbot, bar, hand):
    select(hand)
    hand.drag([(0, 0), (1, 0)])
    with qtbot.waitSignal(bar.done_requested):
        bar.done.click()
    assert [s.tool for s in hand.strokes] == ["move"]


def test_clear_drops_what_is_open_and_asks(qtbot, bar, hand):
    select(hand)
    with qtbot.waitSignal(bar.clear_requested):
        bar.clear.click()
    assert hand.pencil.selection is None


def test_the_pencils_keys_come_before_shortcuts_on_the_canvas(bar):
    def claimed(key):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, PLAIN)
        event.ignore()
        QApplication.sendEvent(bar.canvas, event)
        return event.isAccepted()

    assert claimed(Qt.Key.Key_1)
    assert not claimed(Qt.Key.Key_T)
    bar.hide()
    assert not claimed(Qt.Key.Key_1)


def test_every_button_has_a_name(bar):
    for button in (*bar.tools.values(), *bar.swatches):
        assert button.accessibleName()
        assert button.toolTip()


def test_apply_is_the_step_the_preview_stands_for():
    layers = apply(rasterise((), 5.0), FINISHED[0], 5.0)
    np.testing.assert_array_equal(layers, rasterise((FINISHED[0],), 5.0))
