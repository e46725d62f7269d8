"""Settings at the left reach the document, and the document's settings reach them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from flowlab.core.blending.settings import Blending
from flowlab.core.blending.views import ROOM
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.recipes import RECIPES, recipe_of
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.scene.base.style import DARK
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.blending.alphas import AlphasField, parsed, written
from flowlab.ui.blending.controls import CONTROLS, ChainControls, MappingControls, sees_network
from flowlab.ui.blending.panels import stories
from flowlab.ui.room.views_left import ViewsLeft
from tests.helpers.events import settle

LEFT = Qt.MouseButton.LeftButton
VIEWS = [view.name for view in ROOM.views]


@pytest.fixture
def heard() -> list[Document]:
    return []


@pytest.fixture
def left(qapp: QApplication, qtbot: QtBot, heard: list[Document]) -> ViewsLeft:
    apply_theme(qapp, DARK)  # before there are widgets, as in use
    made = ViewsLeft(Document(view=View(name="chain")), ROOM, CONTROLS, sees_network)
    made.edited.connect(lambda document, *_: (heard.append(document), made.show_document(document)))
    qtbot.addWidget(made)
    made.show()
    return made


def chain(left: ViewsLeft) -> ChainControls:
    controls = left.controls["chain"]
    assert isinstance(controls, ChainControls)
    return controls


def type_alphas(field: AlphasField, qtbot: QtBot, text: str) -> None:
    field.line.selectAll()
    qtbot.keyClicks(field.line, text) if text else field.line.clear()
    qtbot.keyClick(field.line, Qt.Key.Key_Return)


def test_every_view_has_a_title_controls_and_a_story() -> None:
    assert VIEWS == list(CONTROLS) == list(stories(None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "alphas"),
    [
        ("0, 0.2, 0.5, 1", (0.0, 0.2, 0.5, 1.0)),
        (" 0 ;.25;1 ", (0.0, 0.25, 1.0)),
        ("0 1", (0.0, 1.0)),
        ("", ()),
    ],
)
def test_a_list_of_alphas_may_be_parted_as_one_likes(text: str, alphas: tuple[float, ...]) -> None:
    assert parsed(text) == alphas
    assert parsed(written(alphas)) == alphas


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(Invalid, match="“half” is not a number"):
        parsed("0, half, 1")


def test_a_list_is_taken_and_an_empty_line_means_even_steps(
    left: ViewsLeft, heard: list[Document], qtbot: QtBot
) -> None:
    field = chain(left).alphas
    type_alphas(field, qtbot, "0, 0.2, 0.5, 1")
    assert heard[-1].blending.knots == (0.0, 0.2, 0.5, 1.0)
    assert heard[-1].blending.steps == 3  # the slider's value
    type_alphas(field, qtbot, "")
    assert heard[-1].blending.alphas == ()
    assert len(heard) == 2


def test_values_are_written_so_that_return_changes_nothing(
    left: ViewsLeft, heard: list[Document], qtbot: QtBot
) -> None:
    field = chain(left).alphas
    type_alphas(field, qtbot, "0 0.3 0.30000001 1")
    assert heard[-1].blending.alphas == (0.0, 0.3, 0.30000001, 1.0)
    thirds = (0.0, 1 / 3, 2 / 3, 1.0)
    blending = replace(heard[-1].blending, alphas=thirds)
    left.show_document(replace(heard[-1], blending=blending))
    count = len(heard)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    assert len(heard) == count
    assert not field.complaint.isVisible()


def test_a_refused_list_does_not_outlive_its_view(left: ViewsLeft, qtbot: QtBot) -> None:
    field = chain(left).alphas
    type_alphas(field, qtbot, "0, 0.7, 0.3, 1")
    assert field.complaint.isVisible()
    before = left.document
    left.show_document(replace(before, view=replace(before.view, name="blending")))
    left.show_document(before)
    assert field.line.text() == ""
    assert not field.complaint.isVisible()


@pytest.mark.parametrize("text", ["0, 0.5", "0, 0.7, 0.3, 1", "0, x, 1", "1"])
def test_a_wrong_list_is_told_in_one_sentence_and_stays_to_be_mended(
    left: ViewsLeft, heard: list[Document], qtbot: QtBot, text: str
) -> None:
    field = chain(left).alphas
    type_alphas(field, qtbot, text)
    assert heard == []
    assert field.complaint.isVisible()
    assert field.complaint.text().endswith(".")
    left.show_document(replace(left.document, seed=5))  # something else changes meanwhile
    assert field.line.text() == text
    type_alphas(field, qtbot, "0, 1")
    assert heard[-1].blending.alphas == (0.0, 1.0)
    assert not field.complaint.isVisible()


def test_the_slider_of_steps_takes_the_place_of_a_list(
    left: ViewsLeft, heard: list[Document]
) -> None:
    controls = chain(left)
    listed = replace(left.document, blending=Blending(alphas=(0.0, 0.3, 1.0)))
    left.show_document(listed)
    assert controls.alphas.line.text() == "0, 0.3, 1"
    controls.steps.fields["steps"].box.setValue(32)  # type: ignore[attr-defined]
    assert heard[-1].blending == Blending(steps=32)
    assert controls.alphas.line.text() == ""
    assert controls.alphas.line.placeholderText().startswith("even: 0, 0.031")


def test_redraw_changes_the_randomness_and_nothing_else(
    left: ViewsLeft, heard: list[Document], qtbot: QtBot
) -> None:
    before = left.document
    for times in (1, 2):
        qtbot.mouseClick(chain(left).redraw, LEFT)
        assert heard[-1] == replace(before, blending=Blending(redraw=times))
    left.show_document(replace(before, blending=Blending(redraw=9999)))
    qtbot.mouseClick(chain(left).redraw, LEFT)
    assert heard[-1].blending.redraw == 0


def test_one_click_takes_the_tutorial_s_network_and_settings(
    left: ViewsLeft, heard: list[Document], qtbot: QtBot
) -> None:
    left.choose_view("mapping")
    mapping = left.controls["mapping"]
    assert isinstance(mapping, MappingControls)
    qtbot.mouseClick(mapping.recipe, LEFT)
    assert (heard[-1].network, heard[-1].training) == RECIPES["IADB tutorial"]
    assert recipe_of(heard[-1]) in mapping.now.text()
    assert not mapping.recipe.isEnabled()


def test_the_sampler_is_euler_s_method_in_so_many_steps(
    left: ViewsLeft, heard: list[Document]
) -> None:
    left.choose_view("mapping")
    mapping = left.controls["mapping"]
    assert isinstance(mapping, MappingControls)
    assert mapping.solver.isVisible()
    box = mapping.sampler.fields["steps"].box  # type: ignore[attr-defined]
    for steps in (1, 512):
        box.setValue(steps)
        assert heard[-1].solver == Solver(method="euler", steps=steps)
    assert not mapping.solver.isVisible()
    left.show_document(replace(left.document, solver=Solver(steps=1000)))
    assert box.value() == 512


@pytest.mark.parametrize(
    ("view", "field", "seen"),
    [
        ("blending", "learned", False),
        ("chain", "learned", False),
        ("tangent_field", "estimate", False),
        ("tangent_field", "learned", True),
        ("mapping", "exact", True),
    ],
)
def test_train_stands_where_a_network_is_seen(
    left: ViewsLeft, view: str, field: str, seen: bool
) -> None:
    left.show_document(Document(view=View(name=view), blending=Blending(field=field)))
    assert left.train_button.isVisible() is seen


def test_only_the_controls_of_the_view_are_seen(left: ViewsLeft, qtbot: QtBot) -> None:
    for view in VIEWS:
        qtbot.mouseClick(left.views.buttons[view], LEFT)
        assert left.document.view.name == view
        assert [key for key, made in left.controls.items() if made.isVisible()] == [view]


def test_arrow_keys_go_along_the_views(left: ViewsLeft, qtbot: QtBot) -> None:
    button = left.views.buttons["chain"]
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Down)
    qtbot.keyClick(left.views.buttons["mapping"], Qt.Key.Key_Space)
    assert left.document.view.name == "mapping"


def test_layers_and_seed_are_one_click_away(left: ViewsLeft, heard: list[Document]) -> None:
    controls = chain(left)
    assert not controls.more.content.isVisible()
    controls.more.head.click()
    assert controls.more.content.isVisible()
    forms = {name: form for form, _ in controls._forms for name in form.fields}
    forms["show_density"].fields["show_density"].check.click()  # type: ignore[attr-defined]
    assert heard[-1].view == View(name="chain", show_density=True)
    forms["followed"].fields["followed"].box.setValue(3)  # type: ignore[attr-defined]
    assert heard[-1].blending.followed == 3
    forms["seed"].fields["seed"].box.setValue(7)  # type: ignore[attr-defined]
    assert heard[-1].seed == 7


@pytest.mark.parametrize("view", VIEWS)
def test_all_controls_are_seen_at_the_design_size(left: ViewsLeft, qtbot: QtBot, view: str) -> None:
    left.show_document(Document(view=View(name=view)))
    area = left.findChild(QScrollArea)
    assert area is not None
    left.resize(left.width(), 697)  # the height left by a window of 1280 x 800
    qtbot.waitUntil(lambda: area.viewport().height() > 600)
    settle()
    assert area.verticalScrollBar().maximum() == 0
