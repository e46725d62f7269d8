"""Curves put down and dragged on the picture, the cell moved and resized, each as one undo step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.stochastic.settings import CURVES as DEFAULT
from flowlab.core.stochastic.settings import MOST_CURVES, Stochastic
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from flowlab.ui.stochastic.curve_controls import CurveControls
from flowlab.ui.stochastic.curve_handles import FULL
from tests.helpers.curves import CURVES, curves_bundle
from tests.helpers.links import Link

LEFT = Qt.MouseButton.LeftButton
FAR = (-3.0, 3.0)  # where there is neither a curve nor the cell


@pytest.fixture
def room(qtbot: QtBot) -> Workspace:
    """A workspace at t = 1/2 that shows the characteristics."""
    made = Workspace(DocumentStore(CURVES), Link(), Playback())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1280, 690)
    made.show()
    made.playback.seek(0.5)
    made.link.bundle = curves_bundle()  # type: ignore[attr-defined]
    made.playback.ticked.emit(0.5)
    return made


def settings(room: Workspace) -> Stochastic:
    return room.store.document.stochastic


def spot(room: Workspace, x: float, y: float) -> QPoint:
    canvas = room.canvas
    places = canvas.current_camera().to_screen([[x, y]], canvas.width(), canvas.height())
    return QPoint(*(round(value) for value in places[0].tolist()))


def drag(qtbot: QtBot, room: Workspace, at: tuple[float, float], to: tuple[float, float]) -> None:
    """Press, move in three steps, let go."""
    canvas, begin, end = room.canvas, spot(room, *at), spot(room, *to)
    qtbot.mousePress(canvas, LEFT, pos=begin)
    for k in (1, 2, 3):
        qtbot.mouseMove(canvas, begin + (end - begin) * k / 3)
    qtbot.mouseRelease(canvas, LEFT, pos=end)


def test_a_click_puts_a_curve_down_at_this_t(qtbot: QtBot, room: Workspace) -> None:
    qtbot.mouseClick(room.canvas, LEFT, pos=spot(room, *FAR))
    x, y, t = settings(room).curves[-1]
    pixel = room.canvas.unit(room.canvas.rect().center())
    assert (x, y) == pytest.approx(FAR, abs=pixel)
    assert t == 0.5
    assert settings(room).curve == len(DEFAULT)
    room.store.undo()
    assert settings(room).curves == DEFAULT


def test_a_ring_is_dragged_at_its_own_t_in_one_step(qtbot: QtBot, room: Workspace) -> None:
    drag(qtbot, room, DEFAULT[4][:2], FAR)
    moved = settings(room).curves[4]
    assert moved[:2] == pytest.approx(FAR, abs=0.05)
    assert moved[2] == 0.0
    assert settings(room).curve == 4  # what is dragged is chosen
    assert len(settings(room).curves) == len(DEFAULT)
    room.store.undo()
    assert settings(room).curves == DEFAULT


def test_a_head_is_dragged_at_the_present_t(qtbot: QtBot, room: Workspace) -> None:
    x, y, _ = DEFAULT[5]
    drag(qtbot, room, (x + 1.0, y), FAR)  # half way of its straight curve
    moved = settings(room).curves[5]
    assert moved[:2] == pytest.approx(FAR, abs=0.05)
    assert moved[2] == 0.5


def test_a_click_on_a_ring_chooses_its_curve(qtbot: QtBot, room: Workspace) -> None:
    qtbot.mouseClick(room.canvas, LEFT, pos=spot(room, *DEFAULT[3][:2]))
    assert settings(room).curve == 3
    assert settings(room).curves == DEFAULT


def test_the_cell_is_dragged_and_resized(qtbot: QtBot, room: Workspace) -> None:
    before = settings(room)
    x, y, half = before.cell_x, before.cell_y, before.cell_size / 2
    inside = (x + 0.3 * half, y + 0.6 * half)
    drag(qtbot, room, inside, (inside[0] - 1.0, inside[1] + 1.0))
    after = settings(room)
    assert (after.cell_x, after.cell_y) == pytest.approx((x - 1.0, y + 1.0), abs=0.05)
    assert after.cell_size == before.cell_size
    corner = (after.cell_x + half, after.cell_y + half)
    drag(qtbot, room, corner, (corner[0] + 0.5, corner[1] + 0.2))
    assert settings(room).cell_size == pytest.approx(2 * (half + 0.5), abs=0.1)
    room.store.undo()
    room.store.undo()
    assert settings(room) == before


def test_the_plane_is_still_dragged_elsewhere(qtbot: QtBot, room: Workspace) -> None:
    camera = room.canvas.current_camera()
    drag(qtbot, room, FAR, (FAR[0] + 1.0, FAR[1]))
    assert room.canvas.current_camera().centre_x == pytest.approx(camera.centre_x - 1, abs=0.05)
    assert settings(room).curves == DEFAULT


def test_other_views_have_no_handles(qtbot: QtBot, room: Workspace) -> None:
    document = room.store.document
    other = replace(document, view=replace(document.view, name="processes"))
    room.store.edit(other, "Show")
    assert room.canvas.handles is None
    qtbot.mouseClick(room.canvas, LEFT, pos=spot(room, *FAR))
    assert settings(room).curves == DEFAULT
    room.store.edit(document, "Show")
    assert room.canvas.handles is not None


def test_too_many_curves_are_said(
    qtbot: QtBot, room: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = replace(settings(room), curves=(DEFAULT * 4)[:MOST_CURVES])
    room.store.edit(replace(room.store.document, stochastic=many), "Many")
    said: list[str] = []
    monkeypatch.setattr("flowlab.ui.stochastic.curve_handles.say", lambda _, s: said.append(s))
    qtbot.mouseClick(room.canvas, LEFT, pos=spot(room, *FAR))
    assert said == [FULL]
    assert len(settings(room).curves) == MOST_CURVES


def controls(qtbot: QtBot, document: Document) -> CurveControls:
    made = CurveControls(document)
    qtbot.addWidget(made)
    return made


def test_buttons_remove_curves_and_bring_the_default_back(qtbot: QtBot) -> None:
    document = replace(CURVES, stochastic=Stochastic(curve=2))
    made = controls(qtbot, document)
    taken: list[Document] = []
    made.edited.connect(lambda document, *_: taken.append(document))
    assert not made.again.isEnabled()
    made.remove.click()
    assert taken[-1].stochastic.curves == DEFAULT[:2] + DEFAULT[3:]
    made.show_document(taken[-1])
    made.again.click()
    assert taken[-1].stochastic.curves == DEFAULT
    made.show_document(replace(CURVES, stochastic=Stochastic(curves=DEFAULT[:1])))
    assert not made.remove.isEnabled()
    assert "only this curve" in made.remove.toolTip()
    assert isinstance(made.remove, QPushButton)


def test_what_isn_t_known_is_disabled_with_the_reason(qtbot: QtBot) -> None:
    made = controls(qtbot, replace(CURVES, coupling=Coupling(kind="ot")))
    assert not made.exact.isEnabled()
    assert "independent pairs" in made.exact.toolTip()
    assert not made.cell.row("cell_x").isEnabled()
    assert "independent pairs" in made.cell.row("cell_x").toolTip()
