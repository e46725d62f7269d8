"""The panels of flow matching between walls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Polygon
from flowlab.core.document.solver import Solver
from flowlab.core.reflected.uniform_source import uniform_source
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.flow_controls import UNIFORM_ALREADY, FlowControls
from flowlab.ui.reflected.flow_story import BENT, CLIPPED, CONVEX, NOT_CONVEX, FlowStory
from tests.helpers.between_walls import between_walls


def flow_document(walls: str = "square", **settings: object) -> Document:
    known = {"width": 8.0, "walls": walls} | settings
    given = between_walls("flow_between_walls", n=60, **known)
    return replace(given, solver=Solver(method="euler", steps=3))


class Straight:
    """A field that carries everything to the right, beyond the wall."""

    def velocity(self, x: Any, t: Any) -> Any:
        return 0 * x * t + 9


def flow_bundle(given: Document) -> Bundle:
    bundle = plan_of("flow_between_walls")(given, Straight(), PlanOptions())
    assert isinstance(bundle, Bundle)
    return bundle


def test_the_flow_s_story_says_what_leaves_and_why(qtbot: QtBot) -> None:
    given, story = flow_document(), FlowStory()
    given = replace(given, source=uniform_source(given.reflected))
    qtbot.addWidget(story)
    story.show_document(given)
    story.show_bundle(flow_bundle(given))
    story.show_t(1.0)
    assert story.read.text() == CONVEX
    assert story.outside.values["free"].text() == "100.00 %"
    assert story.outside.values["reflected"].text() == "0.00 %"
    assert story.outside.values["exact"].text() == "0.00 %"
    assert story.lines.values["crossing"].text() == "0 %"
    assert "±" in story.w2.values["fresh"].text()
    tips = Polygon(vertices=((-0.3, 1.5), (0.3, 1.5), (0.0, 2.2)))
    star = flow_document("drawn")
    star = replace(star, source=uniform_source(star.reflected), target=tips)
    story.show_document(star)
    story.show_bundle(flow_bundle(star))
    assert story.read.text() == NOT_CONVEX
    assert "±" in story.lines.values["crossing"].text()
    bent = replace(star, path=replace(star.path, kind="trigonometric"))
    story.show_document(replace(bent, reflected=replace(bent.reflected, clip=True)))
    assert story.notes.text() == f"{BENT} {CLIPPED}"
    assert caption(given, flow_bundle(given)) == (
        "60 particles · square walls · Euler, 3 steps · untrained"
    )


def test_one_click_makes_the_source_uniform(qtbot: QtBot) -> None:
    given = flow_document()
    made = FlowControls(given)
    qtbot.addWidget(made)
    edits: list[tuple[Document, str]] = []
    made.edited.connect(lambda document, words, _: edits.append((document, words)))
    made.uniform.click()
    (document, words), *more = edits
    assert not more
    assert words == "Make the source uniform"
    assert document.source == uniform_source(given.reflected)
    made.show_document(document)
    assert not made.uniform.isEnabled()
    assert made.uniform.toolTip() == UNIFORM_ALREADY
    square = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
    hole = tuple((x / 2, y / 2) for x, y in square)
    made.show_document(flow_document("drawn", outline=(square, hole)))
    assert not made.uniform.isEnabled()
    assert "holes" in made.uniform.toolTip()


def test_the_flow_s_exact_velocity_is_chosen_by_a_switch(qtbot: QtBot) -> None:
    made = FlowControls(flow_document())
    qtbot.addWidget(made)
    edits: list[Document] = []
    made.edited.connect(lambda document, *_: edits.append(document))
    made.exact.click()
    assert edits[0].view.shows == "exact"
    made.show_document(replace(edits[0], coupling=Coupling(kind="ot")))
    assert not made.exact.isEnabled()
