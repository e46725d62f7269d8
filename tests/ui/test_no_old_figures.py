"""No story keeps figures of a picture that is not shown any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from flowlab.core.blending.settings import Blending
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.document.shapes import Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.reflected.settings import Reflected
from flowlab.core.stochastic.likelihood_results import DIVERGENCE, HUTCHINSON, TRUE
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import ROOMS
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.ui.blending.stepper import Stepper
from flowlab.ui.plots.chart import Chart
from flowlab.ui.room.figures import NONE
from flowlab.ui.room.story import Story
from flowlab.ui.room.story_panel import MakeStory
from flowlab.ui.shell.look_back import empty_bundle
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from tests.helpers.curves import curves_bundle
from tests.helpers.links import Link
from tests.helpers.pictures import straight
from tests.scene.stochastic.test_maps import bundle as maps_bundle
from tests.scene.stochastic.test_maps import derivatives, likelihoods
from tests.scene.stochastic.test_race import raced
from tests.ui.blending.made import blend_bundle, chain_bundle, tangent_bundle

DOCUMENT = Document(
    source=named("gaussian"),
    target=Ring(count=4),
    network=Network(width=8, depth=1, conditional=True),
    training=Training(batch=32, label_dropout=0.1),
    solver=Solver(method="euler", steps=3),
    view=View(particles=50),
    blending=Blending(steps=4, chains=30, fan=3, samples=300, deblend="rejection"),
    stochastic=Stochastic(steps=4),
    diffusion=Diffusion(T=60, steps=5, langevin_steps=5, bound_points=16),
    reflected=Reflected(walls="disc", width=30.0, steps=20),
)
MADE: dict[str, Callable[[], Bundle]] = {  # the others are computed
    "blending": blend_bundle,
    "chain": lambda: chain_bundle(tries=np.full(6, 3.0, np.float32)),
    "tangent_field": tangent_bundle,
    "race": lambda: raced(why_no_sde="No noise here."),
    "likelihood": lambda: maps_bundle(likelihoods(DIVERGENCE, HUTCHINSON, TRUE)),
    "divergence": lambda: maps_bundle(derivatives()),
    "characteristics": curves_bundle,
}
STATIC = {"strip", "mapping"}  # told by the document and the status alone
ROOMS_WITH_STORIES = [room for room in ROOMS if room.name != "flow"]  # one panel for all its views
VIEWS_WITH_STORIES = [row.name for room in ROOMS_WITH_STORIES for row in room.views]


def bundle_of(document: Document) -> Bundle:
    name = document.view.name
    if name in MADE:
        return MADE[name]()
    if name == "wall_score":
        document = replace(document, network=Network(predicts=BETWEEN_WALLS))
    trainer = Trainer(document)
    trainer.advance(1)
    learned = name in ("conditions", "wall_score", "class_guidance", "counterfactual")
    field = field_of(document, trainer.weights()) if learned else oracle_for(document)
    return plan_of(name)(document, field, PlanOptions())


def stories(stepper: Stepper) -> MakeStory:
    """What makes the story of each view."""
    rooms = [import_module(f"flowlab.ui.{room.name}.panels") for room in ROOMS_WITH_STORIES]
    made = [getattr(room, "STORIES", None) or room.stories(stepper) for room in rooms]
    return {name: make for each in made for name, make in each.items()}


def told(story: Story) -> tuple[list[str], list[object]]:
    """All words of a story, and what its charts draw."""
    charts = story.findChildren(Chart)
    own = [x for x in story.findChildren(QLabel) if not any(c.isAncestorOf(x) for c in charts)]
    return list(filter(None, (x.text() for x in own))), [chart.curves for chart in charts]


@pytest.mark.parametrize("name", VIEWS_WITH_STORIES)
def test_a_story_without_its_picture_tells_what_one_does_that_never_had_one(
    qtbot: QtBot, name: str
) -> None:
    canvas = SimpleNamespace(bundle=None, show_room_state=lambda _: None)
    make = stories(Stepper(Playback(), canvas))[name]  # type: ignore[arg-type]
    document = replace(DOCUMENT, view=replace(DOCUMENT.view, name=name))
    bundle = bundle_of(document)
    for empty in (replace(bundle, extra=None), empty_bundle()):  # another view's, and nothing
        seen = []
        for shown in ((bundle, empty), (empty,)):
            story = make()
            qtbot.addWidget(story)
            story.show()
            story.show_document(document)
            for canvas.bundle in shown:
                story.show_place((0.1, 0.1))
                story.show_bundle(canvas.bundle)
                story.show_t(0.5)
                seen.append(told(story))
        full, left, fresh = seen
        assert left == fresh
        assert (full == fresh) == (name in STATIC)


def test_a_room_that_is_entered_while_nothing_is_shown_has_no_figures(qtbot: QtBot) -> None:
    room = Workspace(DocumentStore(DOCUMENT), Link(), Playback())  # type: ignore[arg-type]
    qtbot.addWidget(room)
    room.show()
    flow = room.opened["flow"].right.flow  # type: ignore[attr-defined]
    carried = replace(straight([[0.0, 0.0]], [[1.0, 1.0]]), evaluations=3)
    room.link.bundle = carried  # type: ignore[attr-defined]
    room.playback.ticked.emit(0.0)
    assert flow.values["nfe"].text() == "3"
    maps = replace(DOCUMENT, view=replace(DOCUMENT.view, name="likelihood"))
    room.store.edit(maps, "Show")
    room.show_opened(maps, None)
    room.store.edit(DOCUMENT, "Show")
    assert {flow.values[key].text() for key in ("nfe", "time", "memory")} == {NONE}
