"""The view of conditions in the room: chips, switches, figures, and the mouse in each picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from flowlab.core.blending.generations import generations_of
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Moons, Ring
from flowlab.core.document.view import View
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.blending.conditions import tile_at
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.blending.captions import caption
from flowlab.ui.blending.conditions_panel import ConditionControls
from flowlab.ui.blending.conditions_story import ConditionsStory
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.room.captions import COMING
from tests.scene.blending.test_conditions import frame

DOCUMENT = Document(target=Ring(count=5), view=View(name="conditions", condition=3))
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def heard() -> list[Document]:
    return []


@pytest.fixture
def controls(qapp: QApplication, qtbot: QtBot, heard: list[Document]) -> ConditionControls:
    apply_theme(qapp, DARK)
    made = ConditionControls(DOCUMENT)
    made.edited.connect(lambda document, *_: (heard.append(document), made.show_document(document)))
    qtbot.addWidget(made)
    made.resize(216, 600)
    made.show()
    return made


def test_there_is_a_chip_for_each_class(
    controls: ConditionControls, heard: list[Document], qtbot: QtBot
) -> None:
    assert list(controls.chips.chips) == [0, 1, 2, 3, 4]
    assert controls.chips.chips[3].isChecked()
    qtbot.mouseClick(controls.chips.chips[1], LEFT)
    assert heard[-1].view.condition == 1
    assert [k for k, chip in controls.chips.chips.items() if chip.isChecked()] == [1]
    controls.show_document(replace(DOCUMENT, target=Moons()))
    assert list(controls.chips.chips) == [0, 1]
    assert controls.chips.chips[1].isChecked()  # the nearest to the requested class


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_chips_have_the_particles_colours(
    qapp: QApplication, controls: ConditionControls, theme: object
) -> None:
    apply_theme(qapp, theme)  # type: ignore[arg-type]
    for rank, chip in enumerate(controls.chips.chips.values()):
        colour = chip.colour()
        found = (colour.red(), colour.green(), colour.blue())
        assert found == class_colour(theme, rank)  # type: ignore[arg-type]


def test_the_network_is_told_or_not_and_the_reason_why_not_is_said(
    controls: ConditionControls, heard: list[Document], qtbot: QtBot
) -> None:
    qtbot.mouseClick(controls.conditional, LEFT, pos=QPoint(8, controls.conditional.height() // 2))
    assert heard[-1].network.conditional
    assert not controls.why.isVisible()
    controls.show_document(replace(heard[-1], target=Gaussian()))
    assert controls.why.text() == "The target has no classes."
    assert "“Gaussian”, has no classes" in controls.conditional.toolTip()
    assert controls.conditional.isEnabled()  # a switch that is on can be switched off
    assert not controls.chips.isVisible()
    controls.show_document(replace(DOCUMENT, target=Gaussian()))
    assert not controls.conditional.isEnabled()
    assert not controls.exact.isEnabled()


def test_the_exact_flow_may_carry_them(
    controls: ConditionControls, heard: list[Document], qtbot: QtBot
) -> None:
    qtbot.mouseClick(controls.exact, LEFT, pos=QPoint(8, controls.exact.height() // 2))
    assert heard[-1].view.shows == "exact"
    qtbot.mouseClick(controls.exact, LEFT, pos=QPoint(8, controls.exact.height() // 2))
    assert heard[-1].view.shows == "learned"


def test_the_story_has_the_figures(qtbot: QtBot) -> None:
    story, bundle = ConditionsStory(), frame().bundle
    assert bundle is not None
    qtbot.addWidget(story)
    story.show()
    values = story.figures.values
    assert values["right"].text() == "–"
    story.show_bundle(bundle)
    assert values["right"].text() == "80.0 ± 0.6 %"  # the mean of 90, 80 and 70 %
    assert values["w2"].text() == "–"  # one generation has lost points
    assert values["error"].text() == "5.0 ± 0.1 %"
    assert not story.note.isVisible()
    assert generations_of(bundle) is not None
    advised = replace(bundle, extra=replace(generations_of(bundle), note="Switch it on."))
    story.show_bundle(advised)
    assert not story.note.isVisible()  # the picture says it
    story.show_bundle(replace(bundle, exact_note="Not known."))
    assert story.note.text() == "Not known."


def test_the_caption_counts_generations() -> None:
    bundle = frame().bundle
    assert bundle is not None
    assert caption(DOCUMENT, bundle).startswith("3 generations of 40 particles · RK4")
    exact = replace(DOCUMENT, view=replace(DOCUMENT.view, shows="exact"))
    assert generations_of(bundle) is not None
    carried = replace(
        bundle, extra=replace(generations_of(bundle), exact=True), exact_note="Known."
    )
    assert caption(exact, carried).endswith("Known.")
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING


def test_the_mouse_knows_which_picture_it_is_in(qtbot: QtBot) -> None:
    canvas = CanvasView()
    qtbot.addWidget(canvas)
    canvas.resize(640, 480)
    canvas.show()
    canvas.show_document(DOCUMENT)
    canvas.show_bundle(frame().bundle)
    for x, y in ((10, 10), (330, 10), (330, 250)):
        one, other = canvas.plane(QPointF(10, 10)), canvas.plane(QPointF(x, y))
        assert other == pytest.approx(one)
    camera, box = tile_at(canvas.frame(), 640, 480, 5, 5)
    assert canvas.unit(QPointF(5, 5)) == pytest.approx(2 * camera.half_height / box.height)
    assert camera.half_height > 1.2 * canvas.current_camera().half_height  # below the titles
    at = QPointF(400, 300)
    before = canvas.plane(at)
    canvas.take_camera(canvas.current_camera().zoomed(1.5, before))
    assert canvas.plane(at) == pytest.approx(before, abs=1e-6)
    qtbot.mouseMove(canvas, QPoint(160, 120))
    assert canvas.hover is None
