"""Selecting in the real canvas and document: a click picks what is drawn, undo drops it first."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from flowlab.core.distributions.drawing import rasterise
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Drawing
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.tools.drawing_controller import DrawingController

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


class Desk:
    """A canvas on which the target is drawn, and a hand with a mouse in plane coordinates."""

    def __init__(self, qtbot: QtBot) -> None:
        self.canvas, self.store = CanvasView(), DocumentStore(Document())
        qtbot.addWidget(self.canvas)
        self.canvas.resize(700, 700)
        self.canvas.show()
        self.drawing = DrawingController(self.canvas, self.store)
        self.drawing.open("target")
        self.pencil = self.drawing.tools.pencil

    def pixel(self, x: float, y: float) -> QPoint:
        camera = self.canvas.current_camera()
        size = self.canvas.width(), self.canvas.height()
        return QPoint(*(round(float(v)) for v in camera.to_screen(np.array([x, y]), *size)))

    def drag(self, *points: tuple[float, float], keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.canvas, LEFT, keys, self.pixel(*points[0]))
        for point in points[1:]:
            QTest.mouseMove(self.canvas, self.pixel(*point))
        QTest.mouseRelease(self.canvas, LEFT, keys, self.pixel(*points[-1]))

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, keys)

    @property
    def strokes(self) -> tuple[str, ...]:
        shape = self.store.document.target
        assert isinstance(shape, Drawing)
        return tuple(stroke.tool for stroke in shape.strokes)

    def mass(self, x: float, y: float) -> float:
        """How much is drawn at a place."""
        shape = self.store.document.target
        assert isinstance(shape, Drawing)
        row, column = (int((c / shape.half_width + 1) * 128) for c in (y, x))
        return float(rasterise(shape.strokes, shape.half_width).sum(axis=0)[row, column])


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk(qtbot)
    made.pencil.set_size(0.8)
    made.drag((-3, -2), (-1, -2))
    made.drag((1, 2), (3, 2))
    made.key(Qt.Key.Key_V)
    return made


def test_a_click_picks_a_stroke_and_a_drag_moves_it_alone(desk: Desk) -> None:
    desk.drag((2, 2))
    assert desk.pencil.selection is not None
    assert desk.pencil.selection.contains((2.5, 2))
    assert not desk.pencil.selection.contains((-2, -2))
    desk.drag((2, 2), (2, -1))
    assert desk.strokes == ("brush", "brush")
    desk.key(Qt.Key.Key_Return)
    assert desk.strokes == ("brush", "brush", "move")
    assert desk.mass(2, 2) < 0.05
    assert desk.mass(2, -1) > 0.9
    assert desk.mass(-2, -2) > 0.9


def test_shift_picks_another_stroke_too(desk: Desk) -> None:
    desk.drag((2, 2))
    desk.drag((-2, -2), keys=SHIFT)
    assert desk.pencil.selection is not None
    assert len(desk.pencil.selection.outlines()) == 2
    desk.drag((2, 2), (2, 3))
    desk.key(Qt.Key.Key_Return)
    assert min(desk.mass(2, 3), desk.mass(-2, -1)) > 0.9
    assert max(desk.mass(2, 2), desk.mass(-2, -2)) < 0.05


def test_a_click_on_nothing_and_escape_select_nothing(desk: Desk) -> None:
    for drop in (lambda: desk.drag((0, 0)), lambda: desk.key(Qt.Key.Key_Escape)):
        desk.drag((2, 2))
        assert desk.pencil.selection is not None
        drop()
        assert desk.pencil.selection is None
        assert desk.strokes == ("brush", "brush")
    assert desk.drawing.role == "target"  # still drawing


@pytest.mark.parametrize("by", ["key", "menu"])
def test_undo_drops_the_selection_before_it_undoes_a_stroke(desk: Desk, by: str) -> None:
    def undo() -> None:
        if by == "menu":
            desk.store.undo()
            return
        before = desk.pencil.selection
        desk.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        if before is None:  # the key isn't the pencil's then, but the window's
            desk.store.undo()

    desk.drag((2, 2))
    desk.drag((2, 2), (2, 0))  # moved, not applied
    undo()
    assert desk.pencil.selection is None
    assert desk.strokes == ("brush", "brush")
    assert desk.drawing.tools.sheet.preview is None
    undo()
    assert desk.strokes == ("brush",)


def test_a_selection_goes_when_what_it_held_changes(desk: Desk) -> None:
    desk.drag((2, 2))
    desk.store.stack.undo()
    assert desk.pencil.selection is None


def test_the_sheet_lies_below_the_bar_in_any_width(desk: Desk) -> None:
    for width in (320, 520, 776, 1400):
        desk.canvas.resize(width, 664)
        bar = desk.drawing.tools.bar.geometry()
        half = desk.drawing.drawing.half_width
        assert desk.canvas.rect().contains(bar)
        assert desk.pixel(0, half).y() > bar.bottom()
        assert desk.pixel(0, -half).y() <= 664
