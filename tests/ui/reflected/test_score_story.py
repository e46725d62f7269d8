"""The learned score's story and controls: figures at t, curves, and which score is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.learned import ONLY_DENOISING, ONLY_LEARNED
from flowlab.core.document.losses import Regression
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.reflected.results import guided_of
from flowlab.core.reflected.score_results import score_maps_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import sees_network
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.scene.reflected.score import lines_of
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.controls import GuidanceControls, SamplingControls
from flowlab.ui.reflected.exact_score import EXACT, NOT_LEARNED, NOT_TOLD
from flowlab.ui.reflected.guidance_story import GuidanceStory
from flowlab.ui.reflected.score_controls import ScoreControls
from flowlab.ui.reflected.score_story import FIGURES, IMPLICIT, READ, WALLS, ScoreStory, curves
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.work.status import Status
from tests.helpers.events import settle
from tests.helpers.learned_score import learns_score, trained

FEW = {"reverse_steps": 20, "flow_steps": 10}  # where what is told depends on no accuracy


def made(document: Document) -> Bundle:
    field = trained(document)
    bundle = plan_of(document.view.name)(document, field, PlanOptions(step=field.step))
    assert isinstance(bundle, Bundle)
    return bundle


def test_the_errors_and_the_walls_are_shown_at_t(qtbot: QtBot) -> None:
    story, bundle = ScoreStory(), made(learns_score())
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    story.show_t(0.7)
    maps = score_maps_of(bundle)
    assert maps is not None
    k = maps.at(0.7)
    assert story.figures.values["error"].text() == f"{maps.error[k]:.3f}"
    assert story.walls.values["greatest"].text() == "0.000"
    assert float(story.walls.values["free_greatest"].text()) > 0.01
    assert story.chart.marked == pytest.approx(maps.sigmas[k])
    off, exact = curves(maps)
    assert list(off.xs) == sorted(off.xs)
    assert exact.ys[-1] < 0.01 < exact.ys[0]
    other = learns_score(view="reflected_sampling", **FEW)
    story.show_bundle(made(other))
    for figures, names in ((story.figures, FIGURES), (story.walls, WALLS)):
        assert [figures.values[name].text() for name in names] == [NONE] * len(names)
    assert curves(None) == []


def test_captions_say_by_which_score(qtbot: QtBot) -> None:
    for view in ("wall_score", "reflected_sampling", "step_in_walls", "guidance_in_walls"):
        document = learns_score(view=view, **FEW)
        assert "score after 300 training steps" in caption(document, made(document))
        if view != "wall_score":
            exact = replace(document, view=replace(document.view, shows="exact"))
            assert "exact score" in caption(exact, made(exact))
    assert caption(learns_score(), made(learns_score(view="step_in_walls", **FEW))) == COMING


def test_the_exact_score_is_chosen_or_is_all_there_is(qtbot: QtBot) -> None:
    document = learns_score(view="reflected_sampling")
    controls = SamplingControls(document)
    qtbot.addWidget(controls)
    heard = list[Document]()
    controls.edited.connect(lambda document, *_: heard.append(document))
    assert not controls.exact.isChecked()
    assert EXACT in controls.exact.toolTip()
    controls.exact.click()
    assert heard[-1].view.shows == "exact"
    controls.show_document(replace(document, network=Network()))
    assert controls.exact.isChecked()
    assert not controls.exact.isEnabled()
    assert NOT_LEARNED in controls.exact.toolTip()


def test_a_class_needs_a_network_that_was_told_classes(qtbot: QtBot) -> None:
    document = learns_score(view="guidance_in_walls", one_class=True)
    controls = GuidanceControls(document)
    qtbot.addWidget(controls)
    assert NOT_TOLD in controls.exact.toolTip()
    controls.show_document(learns_score(view="guidance_in_walls", conditional=True, one_class=True))
    assert controls.exact.isEnabled()


def test_the_network_is_chosen_beside_the_walls(qtbot: QtBot) -> None:
    document = learns_score()
    controls = ScoreControls(document)
    qtbot.addWidget(controls)
    settle()
    controls.network.build()
    assert controls.network.row("conditional").isEnabled()
    assert sees_network(document)
    assert not sees_network(replace(document, network=Network()))
    flow = replace(document, view=replace(document.view, name="trajectories"))
    assert sees_network(flow)


def test_how_it_is_learned_is_chosen_where_it_matters(qtbot: QtBot) -> None:
    document = learns_score()
    controls = ScoreControls(document)
    qtbot.addWidget(controls)
    heard = list[Document]()
    controls.edited.connect(lambda document, *_: heard.append(document))
    rows = controls.training.fields
    assert rows["score_matching"].isEnabled()
    assert rows["weighting"].isEnabled()
    assert "capped at 10 σ²" in rows["weighting"].combo.toolTip()
    training = replace(document.training, score_matching="implicit")
    controls.training.edited.emit(training)
    assert heard[-1].training.score_matching == "implicit"
    controls.show_document(heard[-1])
    assert not rows["weighting"].isEnabled()
    assert rows["weighting"].toolTip() == ONLY_DENOISING
    controls.show_document(replace(document, network=Network()))
    for name in ("score_matching", "weighting"):
        assert not rows[name].isEnabled()
        assert rows[name].toolTip() == ONLY_LEARNED
    controls.show_document(document)
    assert rows["weighting"].isEnabled()


def test_the_story_says_by_which_loss_it_is_learned(qtbot: QtBot) -> None:
    story = ScoreStory()
    qtbot.addWidget(story)
    story.show_status(Status())
    assert story.read.text() == READ
    story.show_status(Status(regression=Regression(BETWEEN_WALLS, matching="implicit")))
    assert story.read.text() == IMPLICIT


def test_a_rough_first_picture_says_so_and_measures_nothing(qtbot: QtBot) -> None:
    document = learns_score(sigma_max=1.2)
    bundle = plan_of("wall_score")(document, trained(document), PlanOptions(coarse=True))
    assert isinstance(bundle, Bundle)
    assert "rough at first" in caption(document, bundle)
    story = ScoreStory()
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    assert story.figures.values["error"].text() == NONE
    assert curves(score_maps_of(bundle)) == []
    maps = score_maps_of(bundle)
    assert maps is not None
    assert lines_of(maps, "error", 0)[1].startswith("…")


def test_who_leaves_is_said_for_each_score(qtbot: QtBot) -> None:
    document = learns_score(view="guidance_in_walls", conditional=True, one_class=True, **FEW)
    story = GuidanceStory()
    qtbot.addWidget(story)
    bundle = made(document)
    story.show_bundle(bundle)
    known = guided_of(bundle)
    assert known is not None
    flow = known.ways[-1]
    said = {name: label.text() for name, label in story.leavers.values.items()}
    assert said["tangent"] == f"{flow.leavers:,} of 400"
    assert said["free"] == f"{flow.free_leavers:,} of 400"
    assert said["exact"] == NONE
    exact = made(replace(document, view=replace(document.view, shows="exact")))
    story.show_bundle(exact)
    said = {name: label.text() for name, label in story.leavers.values.items()}
    assert (said["tangent"], said["free"]) == (NONE, NONE)
    assert said["exact"] == "0 of 400"
    few = plan_of("guidance_in_walls")(
        replace(exact_document(), seed=5), trained(document), PlanOptions(coarse=True)
    )
    assert isinstance(few, Bundle)
    assert "100 of 120 steps, flow 20 steps · exact score, rough" in caption(exact_document(), few)


def exact_document() -> Document:
    document = learns_score(view="guidance_in_walls", reverse_steps=120, flow_steps=20)
    return replace(document, view=replace(document.view, shows="exact"))
