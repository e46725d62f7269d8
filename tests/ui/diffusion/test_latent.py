"""A latent model's q, dragged on the picture and told in figures."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.latent_picture import pictured
from flowlab.core.diffusion.latent_plan import latent_model
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene.diffusion.latent import BellAxes, grips_of
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.latent_controls import LatentControls
from flowlab.ui.diffusion.latent_handles import LatentHandles
from flowlab.ui.diffusion.latent_story import BENT, STRAIGHT, LatentStory
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from tests.helpers.links import Link

LEFT = Qt.MouseButton.LeftButton
DOCUMENT = Document(view=View(name="latent_model"), diffusion=Diffusion(q_mean=-1.0))


@pytest.fixture
def room(qtbot: QtBot) -> Workspace:
    made = Workspace(DocumentStore(DOCUMENT), Link(), Playback())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1280, 690)
    made.show()
    made.link.bundle = latent_model(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type, attr-defined]
    made.playback.ticked.emit(0.5)
    return made


def place(room: Workspace, name: str) -> QPoint:
    settings, canvas = room.store.document.diffusion, room.canvas
    found = pictured(settings)
    axes = BellAxes.of(canvas.width(), canvas.height(), found, canvas.frame().caption)
    return QPoint(*(round(value) for value in grips_of(settings, axes)[name]))


def drag(qtbot: QtBot, room: Workspace, name: str, by: int) -> None:
    """Press a grip, move it in three steps, let go."""
    begin = place(room, name)
    qtbot.mousePress(room.canvas, LEFT, pos=begin)
    for k in (1, 2, 3):
        qtbot.mouseMove(room.canvas, begin + QPoint(by * k // 3, 0))
    qtbot.mouseRelease(room.canvas, LEFT, pos=begin + QPoint(by, 0))


def test_the_top_moves_q_and_a_flank_widens_it(qtbot: QtBot, room: Workspace) -> None:
    before = room.store.document.diffusion
    drag(qtbot, room, "top", 90)
    moved = room.store.document.diffusion
    assert moved.q_mean > before.q_mean + 1
    assert moved.q_deviation == before.q_deviation
    drag(qtbot, room, "left", -60)
    wide = room.store.document.diffusion
    assert wide.q_mean == moved.q_mean
    assert wide.q_deviation > moved.q_deviation + 0.5
    drag(qtbot, room, "right", -1000)
    assert room.store.document.diffusion.q_deviation == 0.05
    for expected in (wide, moved, before):
        room.store.stack.undo()
        assert room.store.document.diffusion == expected


def test_a_drag_is_followed_within_a_frame(qtbot: QtBot, room: Workspace) -> None:
    begin = place(room, "top")
    qtbot.mousePress(room.canvas, LEFT, pos=begin)
    qtbot.mouseMove(room.canvas, begin + QPoint(20, 0))
    seconds = []
    for k in range(8):
        began = time.perf_counter()
        qtbot.mouseMove(room.canvas, begin + QPoint(30 + 5 * k, 0))
        room.canvas.repaint()
        seconds.append(time.perf_counter() - began)
    qtbot.mouseRelease(room.canvas, LEFT, pos=begin + QPoint(65, 0))
    assert min(seconds) < 0.033
    assert abs(place(room, "top").x() - begin.x() - 65) <= 2


def test_grips_are_there_in_this_view_alone(qtbot: QtBot, room: Workspace) -> None:
    canvas = room.canvas
    assert isinstance(canvas.handles, LatentHandles)
    qtbot.mouseMove(canvas, place(room, "top"))
    assert canvas.room_state is not None
    qtbot.mouseMove(canvas, QPoint(5, canvas.height() - 5))
    assert canvas.room_state is None
    drag(qtbot, room, "top", 0)
    document = room.store.document
    room.store.edit(replace(document, view=replace(document.view, name="elbo")), "Look", "view")
    assert canvas.handles is None


def test_the_story_follows_the_document_at_once(qtbot: QtBot) -> None:
    story = LatentStory()
    qtbot.addWidget(story)
    story.show_document(DOCUMENT)
    assert story.figures.values["elbo"].text() == NONE
    story.show_bundle(latent_model(DOCUMENT, None, PlanOptions()))  # type: ignore[arg-type]
    assert story.kind.text() == STRAIGHT
    evidence = story.figures.values["log_evidence"].text()
    assert evidence == "−1.931"
    bent = replace(DOCUMENT, diffusion=replace(DOCUMENT.diffusion, q_mean=1.2, q_deviation=0.4472))
    story.show_document(bent)
    assert story.figures.values["log_evidence"].text() == evidence
    assert story.figures.values["elbo"].text() == evidence
    story.show_document(DOCUMENT.with_parts(diffusion=Diffusion(latent_bend=0.3)))
    assert story.kind.text() == BENT


def test_the_button_gives_q_the_posterior(qtbot: QtBot) -> None:
    controls, made = LatentControls(DOCUMENT), []
    qtbot.addWidget(controls)
    controls.edited.connect(lambda document, *_: made.append(document))
    controls.best.click()
    assert pictured(made[0].diffusion).gap == pytest.approx(0.0, abs=1e-9)


def test_captions() -> None:
    bundle = latent_model(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type]
    assert caption(DOCUMENT, bundle) == "x = 1 z + 0.5 ε · q = N(−1, 0.6²)"
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING
