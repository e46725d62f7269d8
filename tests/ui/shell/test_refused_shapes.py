"""A shape that can't be used is refused where the person looked, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Drawing, Gaussian, Moons, Picture, Ring, Stroke, Text
from flowlab.core.views.bundle import Bundle
from flowlab.ui.shell.session_controller import read_other
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from tests.helpers.links import Link

WHITE = Picture(pixels=Array(np.full((8, 8), 255, np.uint8)), name="white.png")
LINE = Array([[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def room(qtbot: QtBot, link: Link) -> Workspace:
    store = DocumentStore(Document())
    made = Workspace(store, link, Playback())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    link.bundle = Bundle(times=np.array([0, 1], np.float32), points=np.zeros((2, 5, 2), np.float32))
    made.playback.ticked.emit(0.0)
    return made


def reflowed(room: Workspace) -> None:
    document = room.store.document
    coupling = Coupling(
        kind="reflow",
        pairs=Array(np.zeros((9, 4), np.float32)),
        ends=fingerprint(document.source, document.target),
    )
    room.store.edit(replace(document, coupling=coupling), "Reflow")


def test_a_picture_of_one_tone_is_refused_on_its_card(room: Workspace) -> None:
    before, card = room.store.document, room.panels.card("target")
    name = card.name.accessibleName()
    room.set_shape("target", WHITE)
    assert room.store.document is before
    assert not room.store.stack.canUndo()
    assert card.problem.isVisible()
    assert "all of one tone" in card.problem.text()
    assert card.name.accessibleName() == name
    assert room.canvas.bundle is not None
    room.set_shape("target", Moons())
    assert not card.problem.isVisible()


def test_a_file_with_such_a_picture_is_refused_by_its_name(tmp_path: Path) -> None:
    Image.new("L", (20, 20), 255).save(tmp_path / "white.png")
    with pytest.raises(Invalid, match=r"^white\.png: The picture is all of one tone"):
        read_other(tmp_path / "white.png", lambda _: None)


def test_a_character_that_no_font_has_is_refused_below_the_box(room: Workspace) -> None:
    room.set_shape("target", Text(text="flow"))
    card = room.panels.card("target")
    card.tune.setChecked(True)
    form = card.form.form
    assert form is not None
    box = form.fields["text"]
    box.changed.emit("漢字")
    assert room.store.document.target == Text(text="flow")
    assert "has no character “漢”" in form.errors["text"].text()
    assert card.name.accessibleName() == "target: Text"
    box.changed.emit("abc")
    assert room.store.document.target == Text(text="abc")
    assert form.errors["text"].text() == ""


@pytest.mark.parametrize("role", ["source", "target"])
def test_reflow_pairs_refuse_another_shape_on_its_card(room: Workspace, role: str) -> None:
    reflowed(room)
    before = room.store.document
    room.set_shape(role, Moons())
    assert room.store.document is before
    assert "reflow pairs join other distributions" in room.panels.card(role).problem.text()
    room.swap_ends()
    assert room.store.document is before
    room.drawing.open(role)  # strokes would be refused one by one
    assert room.canvas.pencil is None
    independent = replace(before, coupling=Coupling())
    room.store.edit(independent, "Choose a coupling")
    room.set_shape(role, Moons())
    assert getattr(room.store.document, role) == Moons()


def test_a_refused_slider_returns_to_what_there_is(room: Workspace) -> None:
    reflowed(room)
    card = room.panels.card("target")
    card.tune.setChecked(True)
    form = card.form.form
    assert form is not None
    form.fields["radius"].changed.emit(3.0)
    assert room.store.document.target == Ring()
    assert form.value == Ring()


def test_an_emptied_drawing_is_shown_as_empty_everywhere(room: Workspace, link: Link) -> None:
    ink = Stroke(path=LINE, size=0.4)
    room.set_shape("target", Drawing(strokes=(ink,)))
    card = room.panels.card("target")
    assert card.problem.text() == ""
    rubber = Stroke(tool="eraser", path=LINE, size=3.0)
    room.set_shape("target", Drawing(strokes=(ink, rubber)))
    assert "Nothing is drawn" in card.problem.text()
    assert room.canvas.bundle is None
    link.bundle = Bundle(times=np.array([0, 1], np.float32), points=np.ones((2, 5, 2), np.float32))
    room.playback.ticked.emit(0.0)  # of the drawing before
    assert room.canvas.bundle is None
    room.store.stack.undo()
    room.playback.ticked.emit(0.0)
    assert card.problem.text() == ""
    assert room.canvas.bundle is link.bundle


def test_an_old_session_with_such_a_shape_says_so_on_its_card(room: Workspace) -> None:
    room.store.replace(Document(source=Gaussian(), target=WHITE))
    room.show_opened(room.store.document, None)
    assert "all of one tone" in room.panels.card("target").problem.text()
    assert room.canvas.bundle is None


@pytest.mark.parametrize("role", ["source", "target"])
def test_a_refusal_comes_in_sight(room: Workspace, role: str, qtbot: QtBot) -> None:
    reflowed(room)
    room.resize(1280, 500)
    left = room.panels.left
    left._network_section.head.click()  # type: ignore[attr-defined]
    card, bar = room.panels.card(role), scrolled(room).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 300)
    bar.setValue(bar.maximum())
    assert not in_sight(room, card)
    room.set_shape(role, Moons())
    assert in_sight(room, card.problem)
    bar.setValue(bar.maximum())
    room.set_shape(role, Moons())  # the same sentence once more
    assert in_sight(room, card.problem)
    bar.setValue(bar.maximum())
    room.store.settle()
    room.store.edit(replace(room.store.document, seed=9), "Another seed")
    assert bar.value() == bar.maximum()  # what isn't about it moves nothing


def test_a_refused_value_is_explained_in_sight(room: Workspace, qtbot: QtBot) -> None:
    room.set_shape("target", Text(text="flow"))
    room.resize(1280, 330)
    card = room.panels.card("target")
    card.tune.setChecked(True)
    form, bar = card.form.form, scrolled(room).verticalScrollBar()
    assert form is not None
    qtbot.waitUntil(lambda: bar.maximum() > 100 and form.isVisible())
    form.fields["text"].changed.emit("漢字")
    assert in_sight(room, form.errors["text"])


def scrolled(room: Workspace) -> QScrollArea:
    area = room.panels.left.findChild(QScrollArea)
    assert area is not None
    return area


def in_sight(room: Workspace, widget: QWidget) -> bool:
    """True if all of the widget is seen."""
    view = scrolled(room).viewport()
    return view.rect().contains(QRect(widget.mapTo(view, QPoint(0, 0)), widget.size()))
