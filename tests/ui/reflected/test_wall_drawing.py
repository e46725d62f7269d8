"""Walls and holes drawn on the picture, each as one undo step; what can't be is said."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from flowlab.core.domains.cleaning import CLOSED, CROSSED
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.outlines import OUTLINES
from flowlab.core.reflected.strokes import LINE
from flowlab.ui.reflected.wall_drawing import WallDrawing
from tests.helpers.between_walls import between_walls
from tests.helpers.wall_room import WallRoom

Key = Qt.Key
BOX = ((-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0))


def round_trip(radius: float = 2.0, whole: float = 1.0) -> list[tuple[float, float]]:
    turns = (2 * math.pi * whole * k / 40 for k in range(41))
    return [(radius * math.cos(a), radius * math.sin(a)) for a in turns]


@pytest.fixture
def room(qtbot: QtBot) -> WallRoom:
    return WallRoom(qtbot, between_walls(n=20))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said at the picture."""
    sentences: list[str] = []
    for module in ("wall_drawing", "wall_handles"):
        monkeypatch.setattr(
            f"flowlab.ui.reflected.{module}.say", lambda _, sentence: sentences.append(sentence)
        )
    return sentences


def drawing(room: WallRoom) -> WallDrawing:
    return room.panels.drawing


def draw_box(room: WallRoom, box: tuple[tuple[float, float], ...] = BOX) -> None:
    for corner in box:
        room.click(*corner)


def test_a_stroke_becomes_the_walls_in_one_undo_step(room: WallRoom, said: list[str]) -> None:
    before = room.settings
    drawing(room).open("walls")
    assert room.canvas.pencil is drawing(room).tool
    room.drag(*round_trip())
    assert room.settings.walls == "drawn"
    assert len(room.settings.outline) == 1
    assert walls_of(room.settings).area == pytest.approx(4 * math.pi, rel=0.03)
    assert len(room.settings.outline[0]) < 80
    assert room.canvas.pencil is None
    assert said[-1] == ""
    room.store.undo()
    assert room.settings == before
    assert not room.store.stack.canUndo()


def test_an_open_stroke_is_closed_and_that_is_said(room: WallRoom, said: list[str]) -> None:
    drawing(room).open("walls")
    room.drag(*round_trip(whole=0.7))
    assert CLOSED in said[-1]


def test_a_stroke_that_crosses_itself_is_cleaned_and_that_is_said(
    room: WallRoom, said: list[str]
) -> None:
    drawing(room).open("walls")
    room.drag((-2, -1), (2, 1), (2, -1), (-2, 1), (-2, -1))
    assert CROSSED in said[-1]
    assert walls_of(room.settings).area == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("end", ["enter", "double", "first"])
def test_corners_are_put_down_one_by_one(room: WallRoom, end: str) -> None:
    drawing(room).open("walls")
    draw_box(room)
    assert len(drawing(room).tool.corners) == 4
    if end == "enter":
        room.key(Key.Key_Return)
    elif end == "double":
        room.qtbot.mouseDClick(room.canvas, Qt.MouseButton.LeftButton, pos=room.spot(*BOX[-1]))
    else:
        room.move(*BOX[0])
        assert drawing(room).tool.closes
        room.click(*BOX[0])
    assert room.canvas.pencil is None
    assert len(room.settings.outline[0]) == 4
    assert walls_of(room.settings).area == pytest.approx(8.0, rel=0.03)


def test_backspace_and_undo_take_corners_back(room: WallRoom) -> None:
    before = room.settings
    drawing(room).open("walls")
    draw_box(room)
    room.key(Key.Key_Backspace)
    room.store.undo()
    assert len(drawing(room).tool.corners) == 2
    room.key(Key.Key_Return)  # two corners are no walls
    assert len(drawing(room).tool.corners) == 2
    assert room.settings == before


def test_escape_drops_what_is_begun_and_then_leaves(room: WallRoom) -> None:
    before, tool = room.settings, drawing(room).tool
    drawing(room).open("walls")
    draw_box(room)
    room.key(Key.Key_Escape)
    assert not tool.corners
    assert room.canvas.pencil is tool
    room.key(Key.Key_Escape)
    assert room.canvas.pencil is None
    assert room.settings == before


def test_keys_that_are_of_no_use_are_left_to_the_window(room: WallRoom) -> None:
    tool = drawing(room).tool
    drawing(room).open("walls")

    def wants(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        return tool.wants(QKeyEvent(QEvent.Type.KeyPress, key, modifiers))

    none, control = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
    assert not wants(Key.Key_Backspace, none)
    draw_box(room)
    assert wants(Key.Key_Backspace, none)
    assert not wants(Key.Key_Backspace, control)
    assert not wants(Key.Key_Space, none)


def test_a_line_is_refused_and_the_walls_stay(room: WallRoom, said: list[str]) -> None:
    before = room.settings
    drawing(room).open("walls")
    room.drag((-2, 0), (2, 0))
    assert said[-1] == LINE
    assert room.settings == before
    assert room.canvas.pencil is drawing(room).tool  # to try again
    draw_box(room, ((-1, 0), (0, 0), (1, 0)))
    room.key(Key.Key_Return)
    assert "enclose an area" in said[-1]
    assert room.settings == before


def test_a_hole_is_added_inside_and_refused_elsewhere(room: WallRoom, said: list[str]) -> None:
    drawing(room).open("hole")
    room.drag(*round_trip(0.8))
    settings = room.settings
    assert settings.walls == "drawn"
    assert len(settings.outline) == 2
    assert walls_of(settings).area == pytest.approx(25 - math.pi * 0.64, rel=0.01)
    drawing(room).open("hole")
    draw_box(room, ((2.2, 0), (2.9, 0), (2.9, 0.5)))
    room.key(Key.Key_Return)
    assert "hole" in said[-1]
    assert room.settings == settings


def test_buttons_start_and_stop(room: WallRoom) -> None:
    buttons = room.panels.left.controls["reflected_motion"].buttons  # type: ignore[attr-defined]
    buttons.walls.click()
    assert drawing(room).what == "walls"
    assert buttons.walls.text() == "Stop drawing"
    buttons.hole.click()
    assert drawing(room).what == "hole"
    assert buttons.walls.text() == "Draw walls"
    buttons.hole.click()
    assert drawing(room).what == ""
    assert room.canvas.pencil is None


def test_another_tool_and_another_room_end_it(room: WallRoom) -> None:
    drawing(room).open("walls")
    room.workspace.drawing.open("target")
    assert drawing(room).what == ""
    assert room.canvas.pencil is room.workspace.drawing.tools.pencil
    drawing(room).open("walls")
    assert room.workspace.drawing.role == ""
    document = room.store.document
    room.store.edit(replace(document, view=replace(document.view, name="trajectories")), "Show")
    assert room.canvas.pencil is None


def test_walls_are_drawn_in_the_pictures_of_the_ways_too(room: WallRoom) -> None:
    document = room.store.document
    room.store.edit(replace(document, view=replace(document.view, name="ways_to_stay")), "Show")
    room.show_picture()
    drawing(room).open("walls")
    draw_box(room)
    room.key(Key.Key_Return)
    assert walls_of(room.settings).area == pytest.approx(8.0, rel=0.03)


def test_what_is_drawn_is_painted(room: WallRoom) -> None:
    drawing(room).open("walls")
    plain = room.canvas.grab().toImage()
    draw_box(room)
    room.move(-1.9, 0.9)
    assert room.canvas.grab().toImage() != plain


def test_drawn_walls_are_chosen_by_name(room: WallRoom) -> None:
    buttons = room.panels.left.controls["reflected_motion"].buttons  # type: ignore[attr-defined]
    assert buttons.shapes.currentIndex() == -1
    buttons.shapes.setCurrentIndex(buttons.shapes.findData("heart"))
    buttons.shapes.activated.emit(buttons.shapes.currentIndex())
    assert room.settings.outline == OUTLINES["heart"].rings
    assert room.settings.walls == "drawn"
    assert buttons.shapes.currentData() == "heart"
    room.store.undo()
    assert room.settings.walls == "square"
    buttons.shapes.activated.emit(buttons.shapes.findData("hand"))
    assert drawing(room).what == "walls"
