"""The panels of the faces: errors, how they grow, and the settings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.face_results import faces_of
from flowlab.core.diffusion.faces import faces
from flowlab.core.diffusion.settings import DENOISED, ERROR, SCORE, Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.control_words import NO_SCHEDULE, ONLY_EXPLODING
from flowlab.ui.diffusion.face_controls import ARE_EXACT, FaceControls, why_no_errors
from flowlab.ui.diffusion.faces_story import EXACT, FacesStory, curves
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from tests.helpers.noise_models import TWO, exact_field, untrained

DOCUMENT = Document(target=TWO, network=Network(width=8, depth=1), view=View(name="faces"))


def made(document: Document = DOCUMENT) -> Bundle:
    exact = document.view.shows == "exact"
    field = exact_field(document) if exact else untrained(document)
    return faces(document, field, PlanOptions(coarse=True, step=7))


def test_the_story_says_how_an_error_of_the_chosen_face_grows(qtbot: QtBot) -> None:
    story = FacesStory()
    qtbot.addWidget(story)
    story.show_document(DOCUMENT)
    story.show_bundle(made())
    story.show_t(0.6)  # a = .442, b = .897
    grown = {name: float(value.text()) for name, value in story.grown.values.items()}
    expected = {"noise": 1.0, "denoised": 2.03, "score": 1.11, "velocity": 3.03}
    assert grown == pytest.approx(expected, abs=0.01)
    assert "±" in story.errors.values["score"].text()
    chosen = replace(DOCUMENT, diffusion=Diffusion(off_face=SCORE))
    story.show_document(chosen)
    assert float(story.grown.values["noise"].text()) == pytest.approx(0.897, abs=0.001)
    assert [curve.dashed for curve in story.chart.curves] == [False, False, True, False]


def test_the_exact_model_has_no_errors(qtbot: QtBot) -> None:
    story, bundle = FacesStory(), made(replace(DOCUMENT, view=View(name="faces", shows="exact")))
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    assert story.errors.values["noise"].text() == NONE
    assert story.why.text() == EXACT
    assert caption(DOCUMENT, bundle).endswith("exact noise and score")
    lines = curves(faces_of(bundle), DENOISED)
    assert len(lines) == 4
    assert len(lines[0].xs) == 1000  # all levels with noise


def test_captions_and_controls(qtbot: QtBot) -> None:
    bundle = made()
    assert caption(DOCUMENT, bundle) == (
        "9 of 1,000 levels · arrows of typical length at each · Linear schedule, ᾱ_T = 4e−05 · "
        "training step 7"
    )
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING
    errors = replace(DOCUMENT, diffusion=Diffusion(faces_as=ERROR))
    assert "blank where hardly any data are" in caption(errors, bundle)
    absolute = replace(DOCUMENT, training=Training(objective="l1"))
    assert caption(absolute, bundle).endswith("training step 7 · L1 loss, which learns medians")
    assert why_no_errors(DOCUMENT) == ""
    assert why_no_errors(replace(DOCUMENT, view=View(name="faces", shows="exact"))) == ARE_EXACT
    controls = FaceControls(replace(DOCUMENT, diffusion=Diffusion(kind="ve")))
    qtbot.addWidget(controls)
    assert controls.levels._reasons["schedule"] == NO_SCHEDULE
    assert not controls.levels._reasons["ve_most"]
    controls.show_document(DOCUMENT)
    assert not controls.levels._reasons["schedule"]
    assert controls.levels._reasons["ve_most"] == ONLY_EXPLODING
