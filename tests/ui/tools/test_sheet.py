"""The sheet: the preview is what the finished stroke leaves, in the colours of the classes."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from flowlab.core.distributions.drawing import apply, rasterise
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Drawing, Stroke
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.colours import CLASS_COLOURS
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.state.selection import Selection
from flowlab.ui.tools.sheet import DrawingSheet
from tests.helpers.hands import SQUARE, select


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


def test_apply_is_the_step_the_preview_stands_for():
    layers = apply(rasterise((), 5.0), FINISHED[0], 5.0)
    np.testing.assert_array_equal(layers, rasterise((FINISHED[0],), 5.0))
