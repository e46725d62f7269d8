"""The panels of Langevin dynamics: distances, the bias of its steps, and captions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.langevin_results import runs_of
from flowlab.core.diffusion.langevin_runs import langevin_runs
from flowlab.core.diffusion.settings import SOURCE, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Ring
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.langevin_controls import LangevinControls
from flowlab.ui.diffusion.langevin_story import (
    DIVERGES,
    ONLY_GAUSSIAN,
    LangevinStory,
    measured,
)
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import AS_GOOD, NONE
from tests.helpers.noise_models import exact_field

NARROW = Gaussian(std_x=0.5, std_y=0.5)


def document_of(target: Any = NARROW, **settings: Any) -> Document:
    return Document(
        target=target,
        view=View(name="langevin_dynamics", particles=300),
        diffusion=Diffusion(**{"langevin_steps": 40, "langevin_start": SOURCE, **settings}),
    )


def made(document: Document) -> Bundle:
    return langevin_runs(document, exact_field(document), PlanOptions(step=7))


def test_the_bias_of_a_gaussian_target_is_told_beside_what_is_measured(qtbot: QtBot) -> None:
    story = LangevinStory()
    qtbot.addWidget(story)
    story.show_bundle(made(document_of(step_size=0.26)))
    story.show_t(1.0)
    values = {name: value.text() for name, value in story.gaussian.values.items()}
    assert values["target"] == "0.500"
    assert values["noised"] == "0.520"  # 2 (.25 + .01)
    assert values["stationary"] == "0.693"  # .52 / (1 - .26 / (4 * .26))
    assert "±" in values["measured"]
    assert story.bias.text() == ""
    story.show_bundle(made(document_of(step_size=2.0)))
    assert story.gaussian.values["stationary"].text() == NONE
    assert story.bias.text() == DIVERGES


def test_what_is_as_good_as_fresh_samples_is_named(qtbot: QtBot) -> None:
    bundle = made(document_of(langevin_steps=100, step_size=0.05))
    values, sentence = measured(runs_of(bundle), 1.0)
    assert AS_GOOD in sentence
    assert "without noise" not in sentence  # all its points are at the peak
    assert "unadjusted" in sentence
    assert set(values) == {"plain", "climbing", "annealed", "fresh"}
    assert measured(None, 1.0) == ({}, "")
    story = LangevinStory()
    qtbot.addWidget(story)
    story.show_bundle(made(document_of(Ring(count=3))))
    assert story.bias.text() == ONLY_GAUSSIAN
    assert story.gaussian.values["target"].text() == NONE


def test_captions_and_controls(qtbot: QtBot) -> None:
    document = document_of(langevin_steps=200)
    bundle = made(document)
    assert caption(document, bundle) == (
        "300 particles · 200 steps from the source · drawn at 101 times · annealed over 10 σ from "
        "5 to 0.1 · training step 7"
    )
    exact = replace(bundle, extra=replace(bundle.extra, exact=True))  # type: ignore[type-var]
    assert caption(document, exact).endswith("exact noise and score")
    assert caption(document, replace(bundle, extra=None)) == COMING
    controls = LangevinControls(document)
    qtbot.addWidget(controls)
    edits: list[Document] = []
    controls.edited.connect(lambda document, _words, _key: edits.append(document))
    controls.exact.click()
    assert edits[-1].view.shows == "exact"
