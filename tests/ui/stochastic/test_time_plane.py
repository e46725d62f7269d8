"""The (t, x) view's panels: the direction reaches the document, and the words fit what is shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.stochastic.results import NAIVE, ODE, SDE, Pane, processes_of
from flowlab.core.stochastic.settings import LEVELS, Stochastic
from flowlab.core.stochastic.time_plane_result import TimePlaneProcesses
from flowlab.core.views.request import PlanOptions, plan_of
from flowlab.ui.stochastic.controls import CONTROLS
from flowlab.ui.stochastic.time_plane_story import UNKNOWN, WRONG, TimePlaneStory
from tests.helpers.pictures import straight

DOCUMENT = Document(view=View(name="time_plane", particles=50), stochastic=Stochastic(angle=30.0))


def test_its_controls_have_a_direction_and_the_other_views_none(qtbot: QtBot) -> None:
    for view, there in (("time_plane", True), ("processes", False)):
        made = CONTROLS[view](DOCUMENT)
        qtbot.addWidget(made)
        names = {name for form, _ in made._forms for name in form.fields}
        assert ("angle" in names) is there


def reading(qtbot: QtBot, stochastic: Stochastic, *kinds: str) -> str:
    """What the story says of a picture with these processes; without any of the awaited one."""
    story, bundle = TimePlaneStory(), straight([[0.0, 0.0]], [[1.0, 1.0]])
    qtbot.addWidget(story)
    story.show_document(replace(DOCUMENT, stochastic=stochastic))
    panes = tuple(Pane(kind=kind, bundle=bundle) for kind in kinds)
    story.show_bundle(replace(bundle, extra=TimePlaneProcesses(panes=panes) if panes else None))
    return story.read.text()


def test_only_processes_that_are_drawn_are_spoken_of(qtbot: QtBot) -> None:
    given = Stochastic()
    assert {"jagged", "dashed"} <= set(re.findall("jagged|dashed", reading(qtbot, given)))
    assert WRONG in reading(qtbot, given, ODE, SDE, NAIVE)
    assert UNKNOWN in reading(qtbot, given, ODE, SDE)  # no density of p_t was computed
    assert WRONG not in reading(qtbot, given, ODE, SDE)
    assert WRONG not in reading(qtbot, replace(given, naive=False))
    assert not re.search("SDE|dashed|score", reading(qtbot, given, ODE))


@pytest.mark.parametrize(
    "still", [Stochastic(eps=0.0), Stochastic(eps_shape="drawn", eps_curve=((0, 0), (1, 0)))]
)
def test_without_noise_nothing_is_called_jagged_or_wrong(qtbot: QtBot, still: Stochastic) -> None:
    assert not re.search("jagged|dashed", reading(qtbot, still, ODE, SDE, NAIVE))


def test_what_cannot_be_had_is_named_as_in_the_window() -> None:
    """Of the shape that follows the latent noise, where there is none."""
    document = replace(DOCUMENT, stochastic=Stochastic(eps_shape="gamma"))
    oracle = oracle_for(document)
    assert oracle is not None
    bundle = plan_of("time_plane")(document, extended_field(oracle), PlanOptions(few=5))
    refused = dict(processes_of(bundle).refused)[SDE]  # type: ignore[arg-type, union-attr]
    assert LEVELS["gamma"] in refused
    assert LEVELS["alpha"] in refused
