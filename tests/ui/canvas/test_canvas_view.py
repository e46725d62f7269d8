"""Gestures on the picture, without an engine."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent
from pytestqt.qtbot import QtBot

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Drawing, Points, Stroke
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.density_map import DensityMap
from flowlab.scene.base.layout import plane_offset
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.tools.pencil import Pencil
from flowlab.ui.tools.sheet import DrawingSheet

LEFT = Qt.MouseButton.LeftButton


def bundle(direction: str) -> Bundle:
    start = np.array([[-2, -1], [2, 1]], np.float32)
    points = np.stack([start, start + np.array([0, 3], np.float32)])
    return Bundle(
        times=np.array([0, 1], np.float32), points=points, direction=direction, method="euler"
    )


def pixel(canvas: CanvasView, point: np.ndarray) -> QPoint:
    x, y = canvas.current_camera().to_screen(point[None], canvas.width(), canvas.height())[0]
    return QPoint(round(float(x)), round(float(y)))


@pytest.fixture
def canvas(qtbot: QtBot) -> CanvasView:
    made = CanvasView()
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    return made


@pytest.mark.parametrize("layout", ["overlay", "side"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_the_end_that_particles_start_from_can_be_dragged(
    canvas: CanvasView, qtbot: QtBot, direction: str, layout: str
) -> None:
    shown, view = bundle(direction), View(layout=layout, show_paths=True, highlighted=2)
    canvas.show_document(Document(view=view))
    canvas.show_bundle(shown)
    offset = np.array(plane_offset(view, shown, shown.start), np.float32)
    goals: list[tuple[float, float]] = []
    canvas.probe_wanted.connect(lambda x, y: goals.append((x, y)))
    at = pixel(canvas, shown.at(shown.start)[0] + offset)
    goal = at + QPoint(30, 20)
    qtbot.mousePress(canvas, LEFT, pos=at)
    qtbot.mouseMove(canvas, goal)
    qtbot.mouseRelease(canvas, LEFT, pos=goal)
    scale = 2 * canvas.current_camera().half_height / canvas.height()
    wanted = shown.at(shown.start)[0] + np.array([30, -20], np.float32) * scale
    assert goals
    np.testing.assert_allclose(goals[-1], wanted, atol=1.5 * scale)


def test_the_clouds_keep_their_classes_until_those_of_the_new_shape_are_there(
    canvas: CanvasView,
) -> None:
    """The target of before isn't shown in the colours of the classes that replace it."""
    old = Document(target=Drawing(strokes=(Stroke(path=Array([[0, 0, 1], [1, 1, 1]])),)))
    new = Document(target=Points(points=Array([[0, 0], [1, 1]]), labels=Array([0, 1], np.int64)))
    canvas.show_document(old)
    canvas.show_bundle(bundle("forward"))
    canvas.show_document(new)
    assert canvas.frame().shown_ends == (old.source, old.target)
    row = np.array([0.0, 1.0])
    known = DensityMap(shape=new.target, xs=row, ys=row.copy(), values=np.ones((2, 2)))
    canvas.densities = None, known
    assert canvas.frame().shown_ends == (old.source, new.target)  # drawn by its density
    canvas.densities = None, None
    canvas.show_bundle(bundle("forward"))
    assert canvas.frame().shown_ends == (new.source, new.target)


def test_panning_from_a_particle_does_not_pin_it_but_a_click_does(
    canvas: CanvasView, qtbot: QtBot
) -> None:
    canvas.show_document(Document(view=View(show_paths=False)))
    canvas.show_bundle(bundle("forward"))
    canvas.show_t(0.5)
    at = pixel(canvas, bundle("forward").at(0.5)[1])
    pins: list[int] = []
    canvas.pinned.connect(pins.append)
    canvas.gestures.hover_at(at.toPointF())
    assert canvas.hover == 1
    qtbot.mousePress(canvas, LEFT, pos=at)
    for x in (20, 40):
        qtbot.mouseMove(canvas, at + QPoint(x, 0))
    qtbot.mouseRelease(canvas, LEFT, pos=at + QPoint(40, 0))
    assert canvas.has_own_camera
    assert not pins
    qtbot.mouseClick(canvas, LEFT, pos=at + QPoint(40, 0))
    assert pins == [1]


def test_a_pen_draws_with_its_pressure(canvas: CanvasView, qtbot: QtBot) -> None:
    pencil, sheet = Pencil(canvas), DrawingSheet()
    strokes: list[Stroke] = []
    pencil.stroked.connect(strokes.append)
    canvas.start_drawing(pencil, sheet)
    for kind, x, pressure in (
        (QEvent.Type.TabletPress, 200.0, 0.2),
        (QEvent.Type.TabletMove, 260.0, 0.6),
        (QEvent.Type.TabletRelease, 320.0, 0.9),
    ):
        canvas.tabletEvent(pen(kind, QPointF(x, 300.0), pressure))
    (stroke,) = strokes
    assert stroke.tool == "brush"
    assert stroke.path.values[0, 2] == pytest.approx(0.2, abs=0.01)
    assert stroke.path.values[:, 2].max() > 0.55


def pen(kind: QEvent.Type, at: QPointF, pressure: float) -> QTabletEvent:
    device = QPointingDevice.primaryPointingDevice()
    none = Qt.KeyboardModifier.NoModifier
    return QTabletEvent(kind, device, at, at, pressure, 0, 0, 0.0, 0.0, 0.0, none, LEFT, LEFT)
