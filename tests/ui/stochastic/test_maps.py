"""The panels of the maps: their figures in words, the cell under the cursor, and captions."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.stochastic.likelihood_results import DIVERGENCE, HUTCHINSON, TRUE
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.ui.stochastic.captions import caption
from flowlab.ui.stochastic.divergence_story import DivergenceStory, when_words
from flowlab.ui.stochastic.likelihood_story import (
    HINT,
    LikelihoodStory,
    integral_words,
    mean_words,
    nats,
    note_words,
)
from flowlab.ui.stochastic.map_controls import DivergenceControls, LikelihoodControls
from tests.scene.stochastic.test_maps import bundle, derivatives, likelihoods

LIKELIHOOD = Document(view=View(name="likelihood"))
DIVERGENCE_VIEW = Document(view=View(name="divergence"))


def test_integrals_and_means_are_said_with_their_errors() -> None:
    maps = likelihoods(DIVERGENCE, HUTCHINSON, TRUE)
    words = integral_words(maps)
    assert words[DIVERGENCE] == f"{maps.integral(DIVERGENCE):.5f}"
    assert words["off"].startswith("−")
    assert mean_words(maps)[TRUE] == "−2.10 ± 0.02"
    assert mean_words(maps)["gap"] == "0.010 ± 0.004"
    assert note_words(maps) == "100 samples."
    assert nats(float("-inf")) == "−∞"


def test_samples_of_likelihood_zero_are_told() -> None:
    lost = replace(
        likelihoods(DIVERGENCE),
        missed=3,
        gap=None,
        means={DIVERGENCE: Estimate(float("-inf"), n=100)},
    )
    assert mean_words(lost) == {DIVERGENCE: "−∞"}
    assert note_words(lost).startswith("3 of 100 samples come from where")


def test_the_story_reads_the_cell_under_the_cursor(qtbot: QtBot) -> None:
    story = LikelihoodStory()
    qtbot.addWidget(story)
    story.show_document(LIKELIHOOD)
    assert story.hint.text() == HINT
    story.show_bundle(bundle(likelihoods(DIVERGENCE, HUTCHINSON)))
    story.show_place((0.0, 0.0))
    assert story.cell.values[DIVERGENCE].text() == "−1.14"  # -log pi
    assert story.cell.values["sd"].text() == "0.25"
    assert story.cell.values[TRUE].text() == NONE
    story.show_place((50.0, 0.0))
    assert story.cell.values[DIVERGENCE].text() == NONE


def test_the_story_of_curl_says_what_holds_and_reads_the_shown_one(qtbot: QtBot) -> None:
    story = DivergenceStory()
    qtbot.addWidget(story)
    story.show_document(DIVERGENCE_VIEW)
    story.show_bundle(bundle(derivatives()))
    story.show_t(0.1)
    assert story.free.text() == "It need not be 0."
    assert story.rms.values["learned_curl"].text() == "1.0 ± 0.1"
    story.show_place((1.0, 1.0))
    assert story.cell.values["learned"].text() == "+1"
    assert story.cell.values["exact"].text() == "−1"
    story.show_t(0.9)
    assert story.rms.values["learned_curl"].text() == NONE
    assert when_words(derivatives(), 0.9).startswith("At t = 1.000, the nearest of 3")


def test_captions_name_the_grid_and_the_weights() -> None:
    words = caption(LIKELIHOOD, bundle(likelihoods(DIVERGENCE)))
    assert words == "21 × 21 cells · RK4, 16 steps · training step 7"
    words = caption(DIVERGENCE_VIEW, bundle(derivatives()))
    assert words == "21 × 21 cells · 3 times · blank where pₜ is small · training step 7"
    assert caption(LIKELIHOOD, bundle(derivatives())) == COMING
    assert caption(DIVERGENCE_VIEW, bundle(likelihoods(DIVERGENCE))) == COMING


def test_the_exact_velocity_is_a_switch_where_it_is_known(qtbot: QtBot) -> None:
    controls = LikelihoodControls(LIKELIHOOD)
    qtbot.addWidget(controls)
    edits: list[Document] = []
    controls.edited.connect(lambda document, _words, _key: edits.append(document))
    controls.exact.click()
    assert edits[-1].view.shows == "exact"
    controls.show_document(replace(LIKELIHOOD, coupling=Coupling(kind="ot")))
    assert not controls.exact.isEnabled()
    assert "independent" in controls.exact.toolTip()


def test_curl_and_divergence_are_a_choice(qtbot: QtBot) -> None:
    controls = DivergenceControls(DIVERGENCE_VIEW)
    qtbot.addWidget(controls)
    assert controls.document.stochastic.derivative == "divergence"


def test_captions_name_the_class_of_a_conditional_network() -> None:
    found = bundle(replace(likelihoods(DIVERGENCE), condition=2))
    assert " · class 3 · " in caption(LIKELIHOOD, found)
    assert " · class 3 · " in caption(DIVERGENCE_VIEW, bundle(replace(derivatives(), condition=2)))
