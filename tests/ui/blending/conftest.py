"""The room in its window's middle, with an engine whose answers the test sets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from tests.helpers.links import Link


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def room(qtbot: QtBot, link: Link) -> Workspace:
    """A workspace that shows the chains."""
    made = Workspace(DocumentStore(Document()), link, Playback())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1280, 690)
    made.show()
    show(made, "chain")
    return made


def show(room: Workspace, view: str) -> None:
    document = room.store.document
    room.store.edit(replace(document, view=replace(document.view, name=view)), "Show")


def deliver(room: Workspace, bundle: Bundle) -> None:
    """Let the link bring a bundle, and the clock tick once."""
    room.link.bundle = bundle  # type: ignore[attr-defined]
    room.playback.ticked.emit(room.playback.t)
