"""Wheel, drag, click and hover on the canvas, against the camera's formula worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.canvas.gestures import DRAG_PX

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
WIDTH, HEIGHT = 600, 500
STARTS = np.array([[-2, -1], [2, 1], [0, 3]], np.float32)
FLOW = Bundle(
    times=np.array([0, 1], np.float32),
    points=np.stack([STARTS, STARTS + np.array([1, 2], np.float32)]),
    method="euler",
)


@pytest.fixture
def canvas(qtbot: QtBot) -> CanvasView:
    """Three particles at t = 1/2, without paths that a drag could lead elsewhere."""
    canvas = CanvasView()
    qtbot.addWidget(canvas)
    canvas.resize(WIDTH, HEIGHT)
    canvas.show_document(Document(view=View(show_paths=False)))
    canvas.show_bundle(FLOW)
    canvas.show_t(0.5)
    canvas.show()
    return canvas


def units(canvas: CanvasView) -> float:
    """Units of the plane per pixel."""
    return 2 * canvas.current_camera().half_height / HEIGHT


def plane(canvas: CanvasView, x: float, y: float) -> tuple[float, float]:
    """The place under a pixel: equal axes about the centre, y upwards."""
    camera = canvas.current_camera()
    across, down = (x - WIDTH / 2) * units(canvas), (y - HEIGHT / 2) * units(canvas)
    return camera.centre_x + across, camera.centre_y - down


def particle(canvas: CanvasView, index: int) -> QPoint:
    """The pixel of a particle half way along its straight path."""
    camera = canvas.current_camera()
    x, y = STARTS[index] + np.array([0.5, 1.0])
    across, up = (x - camera.centre_x) / units(canvas), (y - camera.centre_y) / units(canvas)
    return QPoint(round(WIDTH / 2 + across), round(HEIGHT / 2 - up))


def move(canvas: CanvasView, at: QPoint, buttons: Qt.MouseButton = NONE) -> None:
    """Move the pointer; unlike qtbot's, also if an earlier test has left it there."""
    where, keys = QPointF(at), Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, where, where, NONE, buttons, keys)
    QApplication.sendEvent(canvas, event)


def turn(canvas: CanvasView, at: QPointF, delta: int) -> None:
    """Turn the wheel by `delta` eighths of a degree."""
    none = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    angle = QPoint(0, delta)
    event = QWheelEvent(at, at, QPoint(), angle, NONE, *none, False)
    QApplication.sendEvent(canvas, event)


@pytest.mark.parametrize("delta", [120, -240])
def test_the_wheel_zooms_about_the_cursor(canvas: CanvasView, delta: int) -> None:
    at = QPointF(450, 120)
    before, height = plane(canvas, at.x(), at.y()), canvas.current_camera().half_height
    turn(canvas, at, delta)
    assert canvas.current_camera().half_height == pytest.approx(height / 1.0015**delta)
    assert plane(canvas, at.x(), at.y()) == pytest.approx(before, abs=1e-5)
    assert canvas.has_own_camera


def test_a_drag_takes_the_grabbed_place_along(canvas: CanvasView, qtbot: QtBot) -> None:
    start, goal = QPoint(100, 400), QPoint(180, 340)
    before, height = plane(canvas, start.x(), start.y()), canvas.current_camera().half_height
    qtbot.mousePress(canvas, LEFT, pos=start)
    for at in (QPoint(130, 390), goal):
        move(canvas, at, LEFT)
    qtbot.mouseRelease(canvas, LEFT, pos=goal)
    assert plane(canvas, goal.x(), goal.y()) == pytest.approx(before, abs=1e-5)
    assert canvas.current_camera().half_height == height


def test_a_movement_shorter_than_a_drag_does_not_pan(canvas: CanvasView, qtbot: QtBot) -> None:
    at, pins = particle(canvas, 0), []
    canvas.pinned.connect(pins.append)
    move(canvas, at)
    qtbot.mousePress(canvas, LEFT, pos=at)
    move(canvas, at + QPoint(DRAG_PX - 1, 0), LEFT)
    qtbot.mouseRelease(canvas, LEFT, pos=at + QPoint(DRAG_PX - 1, 0))
    assert not canvas.has_own_camera
    assert pins == [0]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_click_pins_the_particle_under_it(canvas: CanvasView, qtbot: QtBot, index: int) -> None:
    pins: list[int] = []
    canvas.pinned.connect(pins.append)
    move(canvas, particle(canvas, index))
    qtbot.mouseClick(canvas, LEFT, pos=particle(canvas, index))
    assert pins == [index]


def test_a_click_or_a_right_click_where_nothing_is_pins_nothing(
    canvas: CanvasView, qtbot: QtBot
) -> None:
    pins: list[int] = []
    canvas.pinned.connect(pins.append)
    move(canvas, QPoint(3, 3))
    qtbot.mouseClick(canvas, LEFT, pos=QPoint(3, 3))
    move(canvas, particle(canvas, 1))
    qtbot.mouseClick(canvas, Qt.MouseButton.RightButton, pos=particle(canvas, 1))
    assert pins == []


def test_hovering_finds_the_particle_and_loses_it(canvas: CanvasView) -> None:
    hovered: list[int | None] = []
    canvas.hovered.connect(hovered.append)
    for at in (particle(canvas, 2), particle(canvas, 0), QPoint(3, 3)):
        move(canvas, at)
    assert hovered == [2, 0, None]


def test_the_cursor_tells_its_place_in_the_plane(canvas: CanvasView) -> None:
    places: list[tuple[float, float]] = []
    canvas.pointed.connect(places.append)
    move(canvas, QPoint(50, 450))
    assert places[-1] == pytest.approx(plane(canvas, 50, 450), abs=1e-5)


def test_a_click_elsewhere_drops_the_dragged_path(canvas: CanvasView, qtbot: QtBot) -> None:
    canvas.probe = FLOW.select(np.array([0]))
    with qtbot.waitSignal(canvas.probe_dropped, timeout=1000):
        qtbot.mouseClick(canvas, LEFT, pos=QPoint(3, 3))
    assert canvas.probe is None


@pytest.fixture
def own_axes(canvas: CanvasView) -> CanvasView:
    """A view that shows no part of the plane."""
    canvas.show_document(Document(view=View(name="time_plane")))
    return canvas


def test_without_a_plane_nothing_moves_the_camera(own_axes: CanvasView, qtbot: QtBot) -> None:
    camera, at, heard = own_axes.current_camera(), QPoint(300, 200), []
    own_axes.pointed.connect(heard.append)
    turn(own_axes, QPointF(at), 240)
    own_axes.zoom(2.0)
    qtbot.mousePress(own_axes, LEFT, pos=at)
    move(own_axes, at + QPoint(60, 40), LEFT)
    qtbot.mouseRelease(own_axes, LEFT, pos=at + QPoint(60, 40))
    move(own_axes, at)
    assert own_axes.current_camera() == camera
    assert not own_axes.has_own_camera
    assert set(heard) == {None}  # the pointer is nowhere in the plane


def test_without_a_plane_no_particle_is_taken_for_one_in_it(own_axes: CanvasView) -> None:
    move(own_axes, particle(own_axes, 0))
    assert own_axes.hover is None
