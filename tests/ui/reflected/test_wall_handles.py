"""Walls, corners and the one point dragged on the picture, each drag as one undo step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.edits import TOO_FEW, centre_of
from flowlab.core.reflected.settings import WALLS
from flowlab.core.views.registry import room_named
from flowlab.scene.reflected.grips import MOST, Grips
from flowlab.ui.reflected.wall_handles import has_grips
from tests.helpers.between_walls import between_walls
from tests.helpers.wall_room import WallRoom

BOX = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
HOLE = ((-0.5, 0.7), (0.5, 0.7), (0.0, 1.4))
RIGHT = Qt.MouseButton.RightButton


def opened(qtbot: QtBot, view: str = "reflected_motion", **settings: Any) -> WallRoom:
    return WallRoom(qtbot, between_walls(view, n=20, **settings))


def steps(room: WallRoom) -> int:
    return room.store.stack.count()


@pytest.mark.parametrize(
    ("kind", "wall", "to", "width"),
    [
        ("square", (2.5, 1.0), (2.0, 0.5), 4.0),
        ("square", (1.0, -2.5), (0.5, -3.0), 6.0),
        ("disc", (0.0, 2.5), (0.0, 1.5), 3.0),
        ("equilateral", (0.0, -1.443), (0.0, -0.7217), 2.5),
        ("right", (0.833, 0.833), (0.4165, 0.4165), 2.5),
    ],
)
def test_a_wall_is_dragged_to_another_size(
    qtbot: QtBot,
    kind: str,
    wall: tuple[float, float],
    to: tuple[float, float],
    width: float,
) -> None:
    room = opened(qtbot, walls=kind)
    room.drag(wall, to)
    assert room.settings.width == pytest.approx(width, abs=6 * room.pixel)
    assert steps(room) == 1
    room.store.undo()
    assert room.settings.width == 5.0


def test_a_rectangle_s_sides_are_dragged_alone_and_its_corner_both(qtbot: QtBot) -> None:
    room = opened(qtbot, walls="rectangle", width=5.0, height=3.0)
    room.drag((2.5, 0.4), (2.0, 0.9))
    assert room.settings.width == pytest.approx(4.0, abs=0.05)
    assert room.settings.height == 3.0
    room.drag((0.5, 1.5), (0.9, 1.0))
    assert room.settings.height == pytest.approx(2.0, abs=0.05)
    width, height = room.settings.width, room.settings.height
    room.drag((width / 2, height / 2), (width / 2 + 0.5, height / 2 + 0.25))
    assert room.settings.width == pytest.approx(width + 1.0, abs=0.08)
    assert room.settings.height == pytest.approx(height + 0.5, abs=0.08)


@pytest.mark.parametrize("kind", WALLS)
def test_the_cross_at_the_centre_moves_the_walls(qtbot: QtBot, kind: str) -> None:
    room = opened(qtbot, walls=kind)
    x, y = centre_of(room.settings)
    room.drag((x, y), (x + 0.6, y - 0.4))
    assert centre_of(room.settings) == pytest.approx((x + 0.6, y - 0.4), abs=0.05)
    assert steps(room) == 1


def test_a_corner_is_dragged(qtbot: QtBot) -> None:
    room = opened(qtbot, walls="drawn", outline=(BOX, HOLE))
    room.drag((2, 2), (1.5, 1.8))
    assert room.settings.outline[0][2] == pytest.approx((1.5, 1.8), abs=0.05)
    assert room.settings.outline[0][:2] == BOX[:2]
    room.drag((0, 1.4), (0.1, 1.2))
    assert room.settings.outline[1][2] == pytest.approx((0.1, 1.2), abs=0.05)
    assert steps(room) == 2
    room.store.undo()
    room.store.undo()
    assert room.settings.outline == (BOX, HOLE)


def test_a_drag_of_an_edge_puts_a_corner_there(qtbot: QtBot) -> None:
    room = opened(qtbot, walls="drawn", outline=(BOX,))
    room.drag((-2, -1), (-1, -1))
    assert len(room.settings.outline[0]) == 5
    assert room.settings.outline[0][4] == pytest.approx((-1, -1), abs=0.05)
    assert walls_of(room.settings).area == pytest.approx(16 - 2, abs=0.2)
    assert steps(room) == 1


def test_a_drag_that_would_cross_the_walls_stops_at_the_last_good_ones(qtbot: QtBot) -> None:
    room = opened(qtbot, walls="drawn", outline=(BOX,))
    room.drag((2, 2), (1.6, 1.6), (-2.4, -1.0))
    assert not walls_of(room.settings).notes
    x, y = room.settings.outline[0][2]
    assert x > -2
    assert y < 1.7  # as far as it could go
    hole = opened(qtbot, walls="drawn", outline=(BOX, HOLE))
    hole.drag((0, 1.4), (0, 1.7), (0, 2.6))  # out of the walls
    assert 1.6 < hole.settings.outline[1][2][1] < 2.0


@pytest.mark.parametrize("way", ["right click", "Delete"])
def test_a_corner_is_removed_but_three_stay(
    qtbot: QtBot, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("flowlab.ui.reflected.wall_handles.say", lambda _, s: said.append(s))
    room = opened(qtbot, walls="drawn", outline=(BOX,))
    menus: list[object] = []
    room.canvas.menu_wanted.connect(menus.append)

    def remove(x: float, y: float) -> None:
        room.move(x, y)
        if way == "Delete":
            room.key(Qt.Key.Key_Delete)
        else:
            room.click(x, y, RIGHT)

    remove(*BOX[1])
    assert room.settings.outline == ((BOX[0], *BOX[2:]),)
    remove(*BOX[2])
    assert len(room.settings.outline[0]) == 3
    assert said == [TOO_FEW]
    assert not menus
    room.click(0.5, 0.2, RIGHT)
    assert bool(menus)


def test_delete_is_the_window_s_where_no_corner_is(qtbot: QtBot) -> None:
    room = opened(qtbot, walls="drawn", outline=(BOX,))
    event = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    room.move(0.5, 0.5)
    room.canvas.event(event)
    assert not event.isAccepted()
    assert not room.panels.handles.eventFilter(room.canvas, event)
    room.move(2, 2)
    assert room.panels.handles.eventFilter(room.canvas, event)


def test_very_many_corners_are_resized_together(qtbot: QtBot) -> None:
    n = MOST + 4
    side = [k / (n // 4) * 4 - 2 for k in range(n // 4)]
    ring = (
        *((s, -2.0) for s in side), *((2.0, s) for s in side),
        *((-s, 2.0) for s in side), *((-2.0, -s) for s in side),
    )  # fmt: skip
    room = opened(qtbot, walls="drawn", outline=(ring,))
    room.drag((2, 0), (1, 0))
    assert walls_of(room.settings).area == pytest.approx(4.0, abs=0.3)
    assert len(room.settings.outline[0]) == n


def test_the_one_point_is_dragged_and_set_by_a_click_but_never_outside(qtbot: QtBot) -> None:
    room = opened(qtbot, start="point", start_x=1.0, start_y=0.5)
    room.drag((1, 0.5), (-1, 1))
    start = room.settings.start_x, room.settings.start_y
    assert start == pytest.approx((-1, 1), abs=0.05)
    room.drag(start, (0, 2.9))
    assert room.settings.start_y == pytest.approx(2.5, abs=1e-3)
    room.click(1.5, -1.5)
    start = room.settings.start_x, room.settings.start_y
    assert start == pytest.approx((1.5, -1.5), abs=0.05)
    assert steps(room) == 3


def test_the_one_point_stays_inside_walls_that_shrink_and_comes_back(qtbot: QtBot) -> None:
    room = opened(qtbot, start="point", start_x=2.0, start_y=0.0)
    room.drag((2.5, 2.0), (1.5, 1.2), (2.4, 2.0))
    assert room.settings.start_x == 2.0
    room.drag((room.settings.width / 2, 2.0), (1.5, 1.2))
    assert room.settings.start_x == pytest.approx(room.settings.width / 2, abs=1e-3)


def test_a_click_pins_a_particle_and_the_plane_is_dragged_elsewhere(qtbot: QtBot) -> None:
    room = opened(qtbot)
    before, camera = room.settings, room.canvas.current_camera()
    pinned: list[int] = []
    room.canvas.pinned.connect(pinned.append)
    x, y = room.canvas.bundle.at(room.canvas.t)[3].tolist()  # type: ignore[union-attr]
    room.move(x, y)
    room.click(x, y)
    assert len(pinned) == 1
    room.drag((0.9, 0.8), (1.4, 0.8))
    assert room.canvas.current_camera().centre_x == pytest.approx(camera.centre_x - 0.5, abs=0.05)
    assert room.settings == before


def test_grips_appear_while_the_mouse_is_near(qtbot: QtBot) -> None:
    room = opened(qtbot, walls="drawn", outline=(BOX,))
    room.move(1.2, 0.2)
    assert room.canvas.room_state is None
    plain = room.canvas.grab().toImage()
    room.move(1.8, 1.0)
    assert room.canvas.room_state == Grips(near=True)
    assert room.canvas.grab().toImage() != plain
    room.move(2, 2)
    assert room.canvas.room_state == Grips(near=True, over=("corner", 0, 2))
    assert room.canvas.cursor().shape() == Qt.CursorShape.PointingHandCursor
    room.move(0, 0)
    assert room.canvas.cursor().shape() == Qt.CursorShape.SizeAllCursor
    qtbot.mouseMove(room.canvas, room.spot(1.2, 0.2))
    assert room.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_cursors_of_measured_walls_show_the_direction(qtbot: QtBot) -> None:
    room = opened(qtbot)
    for place, shape in (
        ((2.5, 1.0), Qt.CursorShape.SizeHorCursor),
        ((1.0, 2.5), Qt.CursorShape.SizeVerCursor),
        ((2.5, 2.5), Qt.CursorShape.SizeBDiagCursor),
        ((2.5, -2.5), Qt.CursorShape.SizeFDiagCursor),
    ):
        room.move(*place)
        assert room.canvas.cursor().shape() == shape


def test_views_that_show_the_plane_have_grips(qtbot: QtBot) -> None:
    rows = {row.name for row in room_named("reflected").views}
    assert {name for name in rows if has_grips(name)} >= {"reflected_motion", "ways_to_stay"}
    assert not has_grips("reflected_time_plane")
    assert not has_grips("trajectories")
    room = opened(qtbot)
    document = room.store.document
    for name in ("reflected_time_plane", "trajectories"):
        room.move(2.5, 1.0)
        room.store.edit(replace(document, view=replace(document.view, name=name)), "Show")
        assert room.canvas.handles is None
        assert not isinstance(room.canvas.room_state, Grips)
        room.store.edit(document, "Show")
        assert room.canvas.handles is room.panels.handles


def test_walls_are_dragged_in_one_of_several_pictures(qtbot: QtBot) -> None:
    room = opened(qtbot, "ways_to_stay")
    canvas = room.canvas
    wide = canvas.width() // 3
    row = canvas.height() // 2
    walls = [x for x in range(wide) if _is_wall(room, x, row)]
    begin, end = walls[-1], walls[-1] - 20
    unit = canvas.unit(canvas.rect().center().toPointF())
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=_pixel(begin, row - 30))
    qtbot.mouseMove(canvas, _pixel(end, row - 30))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=_pixel(end, row - 30))
    assert room.settings.width == pytest.approx(5.0 - 40 * unit, abs=4 * unit)


def _pixel(x: int, y: int) -> Any:
    from PySide6.QtCore import QPoint

    return QPoint(x, y)


def _is_wall(room: WallRoom, x: int, y: int) -> bool:
    px, py = room.canvas.plane(_pixel(x, y).toPointF())
    unit = room.canvas.unit(_pixel(x, y).toPointF())
    return abs(abs(px) - 2.5) <= unit and abs(py) < 2.5


def test_the_kernel_s_start_is_set_by_a_click_whatever_particles_start_from(qtbot: QtBot) -> None:
    room = opened(qtbot, "heat_kernel", start="target")
    canvas = room.canvas
    pixel = _pixel(canvas.width() // 6 + 20, canvas.height() // 2 + 15)
    place = canvas.plane(pixel.toPointF())
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=pixel)
    assert (room.settings.start_x, room.settings.start_y) == pytest.approx(place, abs=1e-3)
    assert steps(room) == 1
