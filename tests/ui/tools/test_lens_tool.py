"""The lens on the window's side: what it requests, and when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from pytestqt.qtbot import QtBot

from flowlab.core.blending.settings import Blending
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.core.views.registry import VIEWS, room_named
from flowlab.scene.base.drawing import OWN_AXES, SEVERAL, drawing_of
from flowlab.scene.reflected.drawings import NO_PAIRS
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.tools.lens_tool import LensTool
from flowlab.work.queries import Answer


class Link:
    def __init__(self) -> None:
        self.asked: list[LensQuery] = []
        self.sight: LensAnswer | None = None
        self.engine = object()

    def ask(self, look: LensQuery) -> None:
        self.asked.append(look)

    def answer(self, _kind: type[LensQuery]) -> Answer[LensAnswer] | None:
        sight = self.sight
        return None if sight is None else Answer(len(self.asked), sight.query, sight)


@pytest.fixture
def canvas(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> CanvasView:
    """A picture of one particle, with the mouse outside."""
    made = CanvasView()
    qtbot.addWidget(made)
    made.resize(400, 300)
    points = np.tile(np.array([1, 2], np.float32), (2, 3, 1))
    made.show_bundle(Bundle(times=np.array([0, 1], np.float32), points=points))
    made.show()
    monkeypatch.setattr(made, "underMouse", lambda: False)
    return made


def test_off_it_asks_nothing(canvas: CanvasView) -> None:
    link = Link()
    LensTool(canvas, link).tick()  # type: ignore[arg-type]
    assert link.asked == []


def test_on_it_looks_at_a_particle_then_follows_the_mouse(canvas: CanvasView, qtbot: QtBot) -> None:
    link = Link()
    tool = LensTool(canvas, link)  # type: ignore[arg-type]
    tool.toggle()
    tool.tick()
    assert (link.asked[-1].x, link.asked[-1].y) == (1, 2)
    qtbot.mouseMove(canvas, QPoint(100, 60))
    canvas_point = canvas.current_camera().to_plane(100, 60, 400, 300)
    tool.tick()
    assert (link.asked[-1].x, link.asked[-1].y) == pytest.approx(canvas_point, abs=1e-6)


def test_switched_on_again_it_looks_where_the_mouse_rests(
    canvas: CanvasView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the place that it had when it was switched off."""
    link = Link()
    tool = LensTool(canvas, link)  # type: ignore[arg-type]
    tool.toggle()
    qtbot.mouseMove(canvas, QPoint(100, 60))
    tool.toggle()
    monkeypatch.setattr(QCursor, "pos", lambda: canvas.mapToGlobal(QPoint(250, 160)))
    monkeypatch.setattr(canvas, "underMouse", lambda: True)
    tool.toggle()
    tool.tick()
    canvas_point = canvas.current_camera().to_plane(250, 160, 400, 300)
    assert (link.asked[-1].x, link.asked[-1].y) == pytest.approx(canvas_point, abs=1e-6)
    canvas.take_camera(canvas.current_camera().zoomed(0.5, (0.0, 0.0)))
    tool.tick()
    canvas_point = canvas.current_camera().to_plane(250, 160, 400, 300)
    assert (link.asked[-1].x, link.asked[-1].y) == pytest.approx(canvas_point, abs=1e-6)


def test_a_place_that_has_left_the_picture_is_given_up(canvas: CanvasView, qtbot: QtBot) -> None:
    link = Link()
    tool = LensTool(canvas, link)  # type: ignore[arg-type]
    tool.toggle()
    qtbot.mouseMove(canvas, QPoint(1, 1))
    tool.tick()
    canvas.take_camera(replace(canvas.current_camera(), centre_x=50.0))
    tool.tick()
    assert (link.asked[-1].x, link.asked[-1].y) == (1, 2)


def test_it_asks_again_only_where_something_changed(canvas: CanvasView) -> None:
    link = Link()
    tool = LensTool(canvas, link)  # type: ignore[arg-type]
    tool.toggle()
    for _ in range(3):
        tool.tick()
    assert len(link.asked) == 1
    canvas.show_t(0.5)
    tool.tick()
    assert [look.t for look in link.asked] == [0.0, 0.5]


def test_the_answer_is_shown_while_it_is_held_and_no_longer(canvas: CanvasView) -> None:
    link = Link()
    tool = LensTool(canvas, link)  # type: ignore[arg-type]
    tool.toggle()
    link.sight = LensAnswer(
        query=LensQuery(0, 0, 0, 0.1), paths=np.zeros((0, 2, 2), np.float32), straight=True
    )
    tool.tick()
    assert canvas.frame().lens is link.sight
    tool.toggle()
    assert canvas.frame().lens is None


def test_a_press_with_the_lens_moves_it_and_not_the_plane(canvas: CanvasView, qtbot: QtBot) -> None:
    tool = LensTool(canvas, Link())  # type: ignore[arg-type]
    tool.toggle()
    before = canvas.current_camera()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(canvas, QPoint(200, 150))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert canvas.current_camera() == before


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_view_has_a_lens_or_says_why_not(canvas: CanvasView, view: str) -> None:
    tool = LensTool(canvas, Link())  # type: ignore[arg-type]
    tool.toggle()
    document = Document(view=View(name=view))
    tool.show_document(document)
    why = drawing_of(view).why_no_lens(document)
    assert (tool.on, tool.button.isEnabled()) == (not why, not why)
    assert (tool.button.toolTip() == why) == bool(why)
    tool.toggle()
    assert tool.on is False  # where there can be none, the key does nothing


def test_where_no_picture_shows_the_lens_there_is_none() -> None:
    """The reasons are right: tiles that drop the lens, and views with axes of their own."""
    with_one = {name for name in VIEWS if not drawing_of(name).why_no_lens(Document())}
    assert with_one & {row.name for row in room_named("stochastic").views} == {"characteristics"}
    assert "conditions" in with_one
    beside = Document(blending=Blending(field="beside"))
    assert drawing_of("tangent_field").why_no_lens(beside) == SEVERAL
    assert drawing_of("time_plane").why_no_lens(Document()) == OWN_AXES


@pytest.mark.parametrize("view", ["reflected_motion", "step_in_walls"])
def test_where_no_pairs_have_a_part_there_is_no_lens(canvas: CanvasView, view: str) -> None:
    tool = LensTool(canvas, Link())  # type: ignore[arg-type]
    tool.toggle()
    tool.show_document(Document(view=View(name=view)))
    assert not tool.on
    assert tool.button.toolTip() == NO_PAIRS
    tool.show_document(Document())
    assert tool.button.isEnabled()
