"""The panels of memorisation: distances, copies, and the points taken as the target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.memorisation_results import memories_of
from flowlab.core.diffusion.memorising import memorising
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Points
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.style import LIGHT
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.memorisation_controls import MemorisationControls
from flowlab.ui.diffusion.memorisation_story import (
    BARE,
    BOTH,
    SAME,
    THESE,
    WHOLE,
    MemorisationStory,
    who_words,
)
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from tests.helpers.noise_models import TWO

DOCUMENT = Document(
    target=TWO,
    view=View(name="memorisation", particles=80, shows="exact"),
    diffusion=Diffusion(training_points=20, T=50, steps=50),
)


def made(document: Document = DOCUMENT) -> Bundle:
    oracle = oracle_for(document)
    assert oracle is not None
    return memorising(document, oracle, PlanOptions())


def test_the_story_tells_distances_and_copies(qtbot: QtBot) -> None:
    story = MemorisationStory()
    qtbot.addWidget(story)
    story.set_theme(LIGHT)
    assert story.distances.values["fresh"].text() == NONE
    story.show_bundle(made())
    assert story.who.text() == BOTH
    assert story.bare.text() == ""
    shares = {name: value.text().split(" ")[0] for name, value in story.copies.values.items()}
    assert float(shares["empirical"]) > float(shares["fresh"])
    assert "±" in story.distances.values["learned"].text()
    few, _, fresh = story.chart.curves
    assert few.ys[-1] == fresh.ys[-1] == 1.0
    assert (np.diff(few.ys) > 0).all()
    at = np.median(fresh.xs)
    assert np.interp(at, few.xs, few.ys) > 0.9  # most samples are much nearer
    assert fresh.dashed


def test_who_knows_what_is_told() -> None:
    found = memories_of(made())
    assert found is not None
    told = {
        (exact, taken): who_words(replace(found, exact=exact, trained_on_these=taken))
        for exact in (True, False)
        for taken in (True, False)
    }
    assert told == {
        (True, True): SAME,
        (True, False): BOTH,
        (False, True): THESE,
        (False, False): WHOLE,
    }


def test_the_points_can_be_taken_as_the_target(qtbot: QtBot) -> None:
    controls, edits = MemorisationControls(DOCUMENT), []
    qtbot.addWidget(controls)
    assert not controls.take_points.isEnabled()
    found = memories_of(made())
    controls.show_memories(found)
    controls.edited.connect(lambda document, *_: edits.append(document))
    controls.take_points.click()
    target = edits[0].target
    assert isinstance(target, Points)
    assert target.noise == 0
    assert found is not None
    np.testing.assert_array_equal(np.asarray(target.points.values), found.points)
    again = made(edits[0])
    controls.show_memories(memories_of(again))
    assert not controls.take_points.isEnabled()
    story = MemorisationStory()
    qtbot.addWidget(story)
    story.show_bundle(again)
    assert story.bare.text() == BARE
    assert story.who.text() == SAME


def test_captions() -> None:
    bundle = made()
    assert caption(DOCUMENT, bundle) == (
        "80 particles · 20 training points · DDIM, η = 0, 50 of 50 steps · arrows of typical "
        "length at each level · exact field of the whole target"
    )
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING
