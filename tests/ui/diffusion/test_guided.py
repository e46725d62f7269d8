"""The panels of guidance and of counterfactuals: figures, controls, captions, and the point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.counterfactual_runs import counterfactuals
from flowlab.core.diffusion.guided_runs import class_guidance
from flowlab.core.diffusion.settings import FARTHEST, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Mixture, Moons
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.counterfactual_controls import CounterfactualControls
from flowlab.ui.diffusion.counterfactual_story import CounterfactualStory
from flowlab.ui.diffusion.guided_controls import GuidedControls
from flowlab.ui.diffusion.guided_story import GuidedStory
from flowlab.ui.diffusion.point_handle import PointHandle
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import AS_GOOD, NONE
from flowlab.ui.state.document_store import DocumentStore
from tests.helpers.noise_models import exact_field

BROAD = Mixture(
    means=((-1.5, 0.0), (1.5, 0.0)), covs=((1.2, 0.0, 1.2), (1.2, 0.0, 1.2)), weights=(0.5, 0.5)
)


def document_of(view: str, target: Any = BROAD, **settings: Any) -> Document:
    return Document(
        target=target,
        view=View(name=view, particles=300, shows="exact", condition=1),
        diffusion=Diffusion(**{"first": "ddim", "steps": 20, **settings}),
    )


def made(document: Document, **options: Any) -> Bundle:
    plan = class_guidance if document.view.name == "class_guidance" else counterfactuals
    return plan(document, exact_field(document), PlanOptions(step=7, **options))


@pytest.mark.parametrize(("gamma", "told"), [(1.0, AS_GOOD), (4.0, f"not {AS_GOOD}")])
def test_that_guided_samples_miss_the_tilted_law_is_told(
    qtbot: QtBot, gamma: float, told: str
) -> None:
    story = GuidedStory()
    qtbot.addWidget(story)
    story.show_bundle(made(document_of("class_guidance", guidance=gamma, steps=60)))
    story.show_t(1.0)
    assert f"they are {told} of the tilted law" in story.verdict.text()
    values = {name: value.text() for name, value in story.ends.values.items()}
    assert all(value != NONE for value in values.values())
    assert "±" in values["spread"]
    story.show_bundle(made(document_of("class_guidance", Moons(noise=0.1), steps=3), coarse=True))
    assert story.ends.values["purity"].text() == NONE
    assert "density of each class" in story.why.text()
    assert story.verdict.text() == ""


def test_the_class_is_chosen_and_what_is_not_possible_is_off(qtbot: QtBot) -> None:
    document = document_of("class_guidance")
    controls = GuidedControls(document)
    qtbot.addWidget(controls)
    edits: list[Document] = []
    controls.edited.connect(lambda document, _words, _key: edits.append(document))
    controls.chips.chips[0].click()
    assert edits[-1].view.condition == 0
    controls.show_document(document_of("class_guidance", Gaussian()))
    assert controls.chips.isHidden()


def test_captions_say_by_what_points_are_led() -> None:
    document = document_of("class_guidance", guided_from=0.2)
    bundle = made(document, coarse=True)
    assert caption(document, bundle) == (
        "250 of 300 particles · 20 of 1,000 steps · Linear schedule, ᾱ_T = 4e−05 · guided from "
        "t = 0.2 to 1 · led by two exact fields"
    )
    assert caption(document, replace(bundle, extra=None)) == COMING
    document = document_of("counterfactual")
    bundle = made(document, coarse=True)
    assert "noised to k = 400 of 1,000" in caption(document, bundle)
    assert caption(document, replace(bundle, extra=None)) == COMING


def test_the_story_of_counterfactuals_has_the_point_and_all_others(qtbot: QtBot) -> None:
    story = CounterfactualStory()
    qtbot.addWidget(story)
    story.show_bundle(made(document_of("counterfactual", point_x=-1.0, point_y=0.25)))
    point = {name: value.text() for name, value in story.point.values.items()}
    assert point["from"] == "(−1.00, 0.25)"
    assert point["far"] != NONE
    every = {name: value.text() for name, value in story.every.values.items()}
    assert float(every["others"].split()[0]) > float(every["class"].split()[0])
    assert every["purity"] != NONE
    controls = CounterfactualControls(document_of("counterfactual"))
    qtbot.addWidget(controls)
    assert controls.processes(controls.document.diffusion) == ("ddim",)


def test_a_click_puts_the_point_down_and_a_drag_moves_it(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QWidget

    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.handles = None  # type: ignore[attr-defined]
    store = DocumentStore(document_of("counterfactual", point_x=1.0, point_y=0.0))
    handle = PointHandle(canvas, store)  # type: ignore[arg-type]
    assert canvas.handles is handle  # type: ignore[attr-defined]
    assert not handle.grab((3.0, 0.0), 0.01)
    handle.release((3.0, -0.5), moved=False)
    known = store.document.diffusion
    assert (known.point_x, known.point_y) == (3.0, -0.5)
    assert handle.grab((3.05, -0.5), 0.01)
    handle.drag((500.0, 0.0))
    handle.release((500.0, 0.0), moved=True)
    assert store.document.diffusion.point_x == FARTHEST
    store.undo()
    assert store.document.diffusion.point_x == 3.0
    store.edit(document_of("samplers"), "Choose a view", "view")
    assert canvas.handles is None  # type: ignore[attr-defined]
    assert not handle.remove((0.0, 0.0), 1.0)


def test_an_end_of_the_interval_takes_the_other_along(qtbot: QtBot) -> None:
    document = document_of("class_guidance", guided_to=0.5)
    controls = GuidedControls(document)
    qtbot.addWidget(controls)
    made: list[Document] = []
    controls.edited.connect(lambda value, *_: made.append(value))
    controls.take("diffusion", replace(document.diffusion, guided_from=0.9))
    controls.show_document(made[-1])
    controls.take("diffusion", replace(made[-1].diffusion, guided_to=0.1))
    ends = [(each.diffusion.guided_from, each.diffusion.guided_to) for each in made]
    assert ends == [(0.9, 0.9), (0.1, 0.1)]
