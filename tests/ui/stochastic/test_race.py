"""The race's panels: curves over the budgets looked at, slopes in words, and its controls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.stochastic.race.results import LANES, race_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import LIGHT
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.ui.stochastic.captions import caption
from flowlab.ui.stochastic.race_controls import RaceControls
from flowlab.ui.stochastic.race_history import History
from flowlab.ui.stochastic.race_rows import LaneRows
from flowlab.ui.stochastic.race_story import SAYS, RaceStory, curve_of
from flowlab.work.status import Status
from tests.scene.stochastic.test_race import order, raced

DOCUMENT = Document(view=View(name="race", particles=5000))


def at(budget: int, **more: object) -> Document:
    return replace(DOCUMENT, stochastic=Stochastic(race_evaluations=budget, **more))  # type: ignore[arg-type]


def taken(history: History, document: Document, bundle: Bundle) -> list[str]:
    race = race_of(bundle)
    assert race is not None
    history.take(document, bundle, race)
    return [curve.name for curve in history.curves(race)]


def test_a_curve_grows_with_the_budgets_and_begins_anew_with_another_velocity() -> None:
    history = History()
    for budget in (40, 10, 80):
        names = taken(history, at(budget), raced(budget))
    assert names == ["fresh samples", *LANES.values()]
    assert sorted(history.points["heun"]) == [10, 40, 80]
    taken(history, at(80, race_measure="weak"), raced(80))
    assert len(history.points["heun"]) == 3  # the same lanes
    taken(history, at(80, eps=1.0), raced(80))
    assert len(history.points["heun"]) == 1
    taken(history, at(40, eps=1.0), replace(raced(40), step=7))
    assert sorted(history.points["heun"]) == [40]  # of other weights


def test_distances_and_slopes_are_said_with_their_errors(qtbot: QtBot) -> None:
    story = RaceStory()
    qtbot.addWidget(story)
    story.show_document(at(40))
    story.show_bundle(raced())
    assert story.figures.values["rk4"].text() == "0.31 ± 0.02"
    assert story.slopes.values["rk4"].text() == "4.00 ± 0.05"
    assert story.slopes.values["heun"].text() == NONE
    assert story.says.text() == SAYS["rms"]
    assert [curve.name for curve in story.errors.curves] == ["Euler", "RK4", "Euler–Maruyama"]
    assert story.distances.marked == 40
    story.show_document(at(40, race_measure="weak"))
    assert story.slopes.values["rk4"].text() == NONE
    assert story.says.text() == SAYS["weak"]
    story.show_bundle(replace(raced(), extra=None))
    assert story.figures.values["rk4"].text() == NONE
    story.set_theme(LIGHT)


def test_errors_wait_for_training_to_pause(qtbot: QtBot) -> None:
    story = RaceStory()
    qtbot.addWidget(story)
    story.show_status(Status(state="training"))
    assert "when training pauses" in story.errors.invitation
    story.show_status(Status())
    assert "on their way" in story.errors.invitation


def test_estimated_time_and_missing_lanes_are_said(qtbot: QtBot) -> None:
    story, race = RaceStory(), race_of(raced())
    qtbot.addWidget(story)
    assert race is not None
    lanes = tuple(replace(each, cost=0.5) for each in race.lanes[:5])
    story.show_bundle(raced(lanes=lanes, why_no_sde="No score is known."))
    assert "estimated" in story.note.text()
    assert "No score is known." in story.note.text()
    assert story.distances.across == "ms, estimated"
    assert sorted(story.history.points["heun"]) == [20.0]


def test_an_error_is_drawn_with_whiskers_and_dashed_for_an_sde() -> None:
    curve = curve_of(order("euler_maruyama", 1.0), "rms")
    assert curve.dashed
    assert curve.errors is not None
    np.testing.assert_allclose(curve.errors, 0.1 * curve.ys)


def test_rows_are_named_for_screen_readers(qtbot: QtBot) -> None:
    rows = LaneRows(("heun",), "Slope", "tip")
    qtbot.addWidget(rows)
    assert rows.values["heun"].accessibleName() == "Slope, Heun"
    rows.resize(200, 30)
    rows.grab()


def test_the_budget_that_is_not_chosen_is_off_with_its_reason(qtbot: QtBot) -> None:
    controls, heard = RaceControls(DOCUMENT), list[Document]()
    qtbot.addWidget(controls)
    controls.edited.connect(lambda document, *_: heard.append(document))
    row = controls.budget.row("race_milliseconds")
    assert not row.isEnabled() or not row.editor.isEnabled()
    controls.show_document(at(40, race_by="milliseconds"))
    controls.exact.click()
    assert heard[-1].view.shows == "exact"
    controls.show_document(replace(DOCUMENT, coupling=Coupling(kind="ot")))
    assert not controls.exact.isEnabled()


def test_the_caption_says_how_many_particles_a_lane_has() -> None:
    said = caption(DOCUMENT, raced())
    assert said == "50 of 5,000 particles a lane · ε = 2 α(t) · untrained"
    alone = raced(why_no_sde="No score is known.", exact=True)
    assert caption(DOCUMENT, alone) == "50 of 5,000 particles a lane · exact velocity"
    assert caption(DOCUMENT, replace(raced(), extra=None)) == COMING
