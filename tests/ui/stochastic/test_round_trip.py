"""The panels of the round trips and of the strip, the radii of the modes, and what is forbidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.stochastic.results import ODE, SDE, processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.marginals import Marginals
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.ui.stochastic.captions import caption
from flowlab.ui.stochastic.controls import CONTROLS, ProcessesControls
from flowlab.ui.stochastic.processes_story import ProcessesStory
from flowlab.ui.stochastic.round_trip_story import WHY, WHY_STILL, RoundTripStory
from flowlab.ui.stochastic.strip_story import StripStory
from tests.scene.stochastic.test_processes import frame
from tests.scene.stochastic.test_round_trip import times, trips

DOCUMENT = Document(view=View(name="round_trip", particles=30))


def test_the_story_says_why_and_measures_both_ways(qtbot: QtBot) -> None:
    story, bundle = RoundTripStory(), trips().bundle
    qtbot.addWidget(story)
    assert bundle is not None
    story.show_document(DOCUMENT)
    story.show_bundle(bundle)
    story.show_t(0.0)
    assert "noise" in WHY
    assert story.why.text() == WHY
    assert story.now.values[SDE].text() == "0"
    assert story.end.values[SDE].text().startswith("1.50")
    assert story.end.values[ODE].text() == "0"
    assert story.end.values["fresh"].text() == "2.0 ± 0.1"
    story.show_t(1.0)
    assert story.now.values[SDE].text().startswith("1.50")
    story.show_bundle(replace(bundle, extra=None))
    assert story.end.values[SDE].text() == NONE


def test_without_noise_the_sde_is_not_said_never_to_return(qtbot: QtBot) -> None:
    story, bundle = RoundTripStory(), trips().bundle
    qtbot.addWidget(story)
    assert bundle is not None
    story.show_document(DOCUMENT.with_parts(stochastic=Stochastic(eps=0.0)))
    story.show_bundle(bundle)
    assert story.why.text() == WHY_STILL
    story.show_document(DOCUMENT)
    assert story.why.text() == WHY


def test_the_strip_tells_the_weights_at_t(qtbot: QtBot) -> None:
    story = StripStory()
    qtbot.addWidget(story)
    story.show_document(Document(path=Path(noise="quadratic", level=2.0)))
    story.show_t(0.25)
    assert [each.text() for each in story.weights.values.values()] == ["0.750", "0.250", "0.375"]


def test_captions_of_both_views() -> None:
    bundle = trips().bundle
    assert bundle is not None
    said = caption(DOCUMENT, bundle)
    assert said == ("30 particles · ODE RK4 8 · SDE Euler–Maruyama, 80 steps, each way · untrained")
    strip = times().bundle
    assert strip is not None
    assert caption(Document(view=View(name="strip", particles=200)), strip) == (
        "200 particles at 3 times"
    )
    assert caption(DOCUMENT, strip) == COMING  # of the view before, until the new one arrives


def test_all_views_have_controls(qtbot: QtBot) -> None:
    for name, make in CONTROLS.items():
        qtbot.addWidget(make(Document(view=View(name=name))))


def test_churn_and_the_notebooks_stop_are_off_with_their_reason(qtbot: QtBot) -> None:
    controls = ProcessesControls(Document())
    qtbot.addWidget(controls)
    controls.show()
    for document, churn, stop in (
        (Document(), "", ""),
        (Document(path=Path(noise="sine")), "without latent noise", ""),
        (Document(solver=Solver(direction="reverse")), "Source to target", "in reverse"),
    ):
        controls.show_document(document)
        for form, name, why in ((controls.churn, "churn", churn), (controls.stop, "stop", stop)):
            assert form.row(name).isEnabled() == (not why)
            assert why in form.row(name).toolTip()


def test_the_panel_shows_the_radius_that_is_lost(qtbot: QtBot) -> None:
    """The SDE of the frame ends in the middle of two modes at -1 and 1; the ODE at 1.5."""
    story, bundle = ProcessesStory(), frame().bundle
    qtbot.addWidget(story)
    assert bundle is not None
    found = processes_of(bundle)
    assert found is not None
    cloud = np.random.default_rng(0).normal(size=(4, 20, 2)).astype(np.float32)
    marginals = Marginals(
        x0=cloud, x1=cloud, z=None, times=np.array([0.0, 1.0]), coefficients=np.ones((3, 2))
    )
    modes = np.array([[-1.0, 0.0], [1.0, 0.0]], np.float32)
    known = replace(bundle, extra=replace(found, modes=modes, marginals=marginals, until=0.99))
    story.show_document(Document(view=View(name="processes"), stochastic=Stochastic(stop=True)))
    story.show_bundle(known)
    assert story.radii.values["modes"].text() == "1"
    assert story.radii.values[SDE].text() != NONE
    assert story.radii.values[ODE].text() == NONE  # no particle is near the mode at -1
    assert "SDE ends at t = 0.99" in caption(story.document, known)
    story.show_bundle(bundle)
    assert not story.radii.isVisibleTo(story)
