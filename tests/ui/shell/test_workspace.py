"""The workspace with an engine that answers late, as one in another process does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.furniture.card import CARD_RIGHT
from flowlab.ui.room.captions import COMING
from flowlab.ui.shell.window import Window
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from flowlab.work.status import Status
from tests.helpers.events import settle
from tests.helpers.links import Link


def bundle(particles: int) -> Bundle:
    points = np.zeros((2, particles, 2), np.float32)
    return Bundle(times=np.array([0, 1], np.float32), points=points, revision=4, step=7)


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def room(qtbot: QtBot, link: Link) -> Workspace:
    made = Workspace(DocumentStore(Document()), link, Playback())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    return made


def test_the_fine_picture_follows_the_coarse_one_of_the_same_request(
    room: Workspace, link: Link
) -> None:
    for particles in (10, 50):
        link.bundle = bundle(particles)
        room.playback.ticked.emit(0.0)
        assert room.canvas.bundle is link.bundle
    assert room.canvas.caption.startswith("50 of 5,000 particles")


def test_a_stored_picture_stays_until_as_many_particles_are_computed(
    room: Workspace, link: Link
) -> None:
    stored = bundle(50)
    room.show_opened(room.store.document, stored)
    for particles in (10, 50):
        link.bundle = bundle(particles)
        room.playback.ticked.emit(0.0)
        assert room.canvas.bundle is (stored if particles == 10 else link.bundle)
    room.show_opened(room.store.document, stored)
    link.bundle = replace(bundle(10), step=8)  # of newer weights
    room.playback.ticked.emit(0.0)
    assert room.canvas.bundle is link.bundle


def test_opening_another_experiment_clears_the_picture_of_the_one_before(
    room: Workspace, link: Link
) -> None:
    """Its particles and figures are not shown beside the new document's name."""
    link.bundle = bundle(50)
    room.playback.ticked.emit(0.0)
    assert room.canvas.bundle is link.bundle
    room.show_opened(replace(room.store.document, seed=3), None)
    room.playback.ticked.emit(0.0)  # the engine has only the former one
    assert room.canvas.bundle is None
    assert room.canvas.caption == COMING
    link.bundle = bundle(20)
    room.playback.ticked.emit(0.0)
    assert room.canvas.bundle is link.bundle


def test_an_edit_ends_what_was_stored_and_another_layer_does_not(
    room: Workspace, link: Link
) -> None:
    stored, document = bundle(50), room.store.document
    room.show_opened(document, stored)
    link.bundle = bundle(10)
    room.store.edit(document.with_parts(view=replace(document.view, show_ends=False)), "Layer")
    room.playback.ticked.emit(0.0)
    assert room.canvas.bundle is stored
    room.store.edit(replace(document, seed=5), "Seed")
    room.playback.ticked.emit(0.0)
    assert room.canvas.bundle is link.bundle


def test_train_and_pause_faster_than_the_engine_answers(room: Workspace, link: Link) -> None:
    room.toggle_training()
    assert room.training
    room.toggle_training()
    assert not room.training
    link.said = Status(state="training")
    room.toggle_training()
    assert link.heard == ["train", "pause", "pause"]
    link.said = Status(state="paused")
    assert not room.training


def test_a_trainer_that_stopped_by_itself_is_not_said_to_train(room: Workspace, link: Link) -> None:
    room.toggle_training()
    link.said = Status(state="stopped", reason="The loss is no longer a number.")
    assert not room.training


def test_a_document_that_is_opened_is_left_to_whoever_has_its_weights(
    room: Workspace, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[Document] = []
    monkeypatch.setattr(link, "apply", lambda document, _branch: applied.append(document))
    room.store.replace(Document(seed=4))
    assert applied == []
    assert room.opened["flow"].left.document.seed == 4
    room.store.edit(Document(seed=5), "Seed")
    assert [document.seed for document in applied] == [5]


def test_the_card_of_the_lens_lies_below_the_switch_where_both_have_no_room(
    still_window: Window,
) -> None:
    room = still_window.room
    for width, covered in ((1024, True), (1920, False)):
        still_window.resize(width, 768)
        settle()
        room._tick(0.0)
        shows = room.shows.geometry()
        assert (shows.left() < CARD_RIGHT) is covered
        top = room.canvas.frame().card_top
        assert top == (shows.bottom() + 1 if covered else 0)


def test_words_below_a_picture_are_of_its_settings_until_the_next_one_is_there(
    room: Workspace, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = replace(Document(), view=View(name="samplers"))
    room.store.edit(document, "Change the view")
    monkeypatch.setattr(
        room.panels, "caption", lambda document, _: repr(document.diffusion), raising=False
    )
    link.bundle = bundle(50)
    room.playback.ticked.emit(0.0)
    before = room.canvas.caption
    longer = replace(document.diffusion, T=300)
    room.store.edit(replace(document, diffusion=longer), "Change T")
    assert room.canvas.caption == before
    link.bundle = bundle(50)
    room.playback.ticked.emit(0.0)
    assert room.canvas.caption == repr(longer)
    other = replace(longer, sigma=0.5)  # which this picture doesn't depend on
    room.store.edit(replace(document, diffusion=other), "Change sigma")
    assert room.canvas.caption == repr(other)
