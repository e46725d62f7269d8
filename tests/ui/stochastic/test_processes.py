"""The room's panels: the noise, the exact velocity, the meters in words, and the caption."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Moons, Ring
from flowlab.core.document.solver import Solver
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.stochastic.joined_ends import IS_BRIDGE, PAIRS
from flowlab.core.stochastic.plan import processes
from flowlab.core.stochastic.possible import NO_EXACT_SCORE, NO_GAMMA
from flowlab.core.stochastic.results import CHURN, NAIVE, ODE, SDE, processes_of
from flowlab.core.stochastic.settings import Stochastic
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.marginal_samples import marginals_of
from flowlab.core.views.marginals import Meter
from flowlab.core.views.request import PlanOptions
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.ui.stochastic.captions import caption
from flowlab.ui.stochastic.controls import ProcessesControls
from flowlab.ui.stochastic.processes_story import (
    BACK,
    FAMILY,
    MOVING,
    ProcessesStory,
    meter_words,
    verdict,
)
from flowlab.ui.stochastic.race_controls import RaceControls
from flowlab.ui.stochastic.round_trip_controls import RoundTripControls
from tests.scene.stochastic.test_processes import frame

DOCUMENT = Document(view=View(name="processes", particles=50))
METER = Meter(
    count=1000,
    values=(Estimate(0.11, 0.03), Estimate(0.12, 0.03), Estimate(0.55, 0.01)),
    floor=Estimate(0.1, 0.01),
    spread=0.02,
)
KINDS = [ODE, SDE, NAIVE]


def test_the_meters_are_said_in_words_with_their_errors() -> None:
    words = meter_words(KINDS, METER)
    assert words == {ODE: "0.11 ± 0.03", SDE: "0.12 ± 0.03", NAIVE: "0.55 ± 0.01",
                     CHURN: NONE, "fresh": "0.10 ± 0.01"}  # fmt: skip
    assert meter_words(KINDS[:2], replace(METER, values=METER.values[:2]))[NAIVE] == NONE


def test_the_verdict_names_what_chance_doesn_t_explain() -> None:
    assert verdict(KINDS, METER) == (
        "As far as 1,000 particles tell, not pₜ: noise without the score."
    )
    good = replace(METER, values=METER.values[:2])
    assert verdict(KINDS[:2], good) == (
        "As far as 1,000 particles tell, all are as good as fresh samples of pₜ."
    )


def test_nothing_is_said_of_particles_too_few_to_be_measured() -> None:
    unmeasured = replace(METER, values=(None, None, None))
    assert verdict(KINDS, unmeasured) == ""
    assert set(meter_words(KINDS, unmeasured).values()) == {NONE}


def test_the_meter_takes_all_particles_once_t_rests(qtbot: QtBot) -> None:
    """At eps = 1 noise without the score is seen by 5,000 particles, not by 1,000."""
    document = preset("ode_and_sde").with_parts(stochastic=Stochastic(eps=1.0))
    oracle = oracle_for(document)
    assert oracle is not None
    bundle = processes(document, extended_field(oracle), PlanOptions())
    assert isinstance(bundle, Bundle)
    story = ProcessesStory()
    qtbot.addWidget(story)
    story.show_document(document)
    story.show_t(0.675)
    story.show_bundle(bundle)
    off = "As far as 5,000 particles tell, not pₜ: noise without the score."
    qtbot.waitUntil(lambda: story.verdict.text() == off)
    story.measure(MOVING)
    assert story.verdict.text().startswith("As far as 1,000 particles tell, all are ")


def test_the_story_says_what_goes_back_and_what_doesn_t(qtbot: QtBot) -> None:
    story = ProcessesStory()
    qtbot.addWidget(story)
    story.show_document(DOCUMENT)
    story.show_bundle(frame().bundle)  # type: ignore[arg-type]
    assert story.family.text() == FAMILY
    assert story.meters.values[SDE].text() == NONE  # without samples of p_t
    story.show_document(replace(DOCUMENT, solver=Solver(direction="reverse")))
    story.renew()
    assert story.family.text() == BACK


def test_the_exact_velocity_is_off_with_its_reason_under_a_coupling(qtbot: QtBot) -> None:
    controls, heard = ProcessesControls(DOCUMENT), list[Document]()
    qtbot.addWidget(controls)
    controls.edited.connect(lambda document, *_: heard.append(document))
    controls.exact.click()
    assert heard[-1].view.shows == "exact"
    controls.show_document(replace(DOCUMENT, coupling=Coupling(kind="ot")))
    assert not controls.exact.isEnabled()
    assert "independent" in controls.exact.toolTip()


def test_the_caption_names_both_solvers_and_where_the_velocity_ends() -> None:
    bundle = frame().bundle
    assert bundle is not None
    processes = processes_of(bundle)
    assert processes is not None
    stored = replace(bundle, extra=replace(processes, stored=True))
    assert " · stored at 2 times, all on their way · " in caption(DOCUMENT, stored)
    said = caption(DOCUMENT, bundle)
    assert said == "50 particles · ODE RK4 8 · SDE Euler–Maruyama, 80 steps · untrained"
    found = processes_of(bundle)
    assert found is not None
    stopped = replace(bundle, extra=replace(found, last=0.99))
    assert "last velocity at t = 1 − h/2" in caption(DOCUMENT, stopped)
    silent = replace(DOCUMENT, stochastic=Stochastic(eps=0.0))
    assert "last velocity" not in caption(silent, stopped)
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING


def test_the_exact_score_is_off_with_its_reason_where_there_is_none(qtbot: QtBot) -> None:
    controls = ProcessesControls(replace(DOCUMENT, target=Moons()))
    qtbot.addWidget(controls)
    assert controls.score is not None
    field = controls.score.row("exact_score")
    assert not field.isEnabled()
    assert field.toolTip() == NO_EXACT_SCORE
    controls.show_document(replace(DOCUMENT, target=Ring()))
    assert field.isEnabled()
    controls.show_document(replace(DOCUMENT, target=Ring(), coupling=Coupling(kind="ot")))
    assert "independent pairs only" in field.toolTip()


def test_the_caption_says_where_the_score_is_from() -> None:
    bundle = frame().bundle
    assert bundle is not None
    processes = processes_of(bundle)
    assert processes is not None
    learned = replace(bundle, extra=replace(processes, score="noise", first=0.00625, last=0.99375))
    words = caption(DOCUMENT, learned)
    assert "learned E[z | x]" in words
    assert "first and last velocity at h/2 from the ends" in words
    assert "exact score" in caption(
        DOCUMENT, replace(bundle, extra=replace(processes, score="exact"))
    )
    near = replace(bundle, extra=replace(processes, first=1e-3, last=0.999))
    assert "h/2" not in caption(DOCUMENT, near)  # a Brownian path's edge, nearer than that


def test_the_story_says_which_ends_are_joined_under_a_coupling(qtbot: QtBot) -> None:
    story, bundle = ProcessesStory(), frame().bundle
    qtbot.addWidget(story)
    assert bundle is not None
    processes = processes_of(bundle)
    assert processes is not None
    bridge = preset("schroedinger_bridge")
    ends = bridge.source, bridge.target, bridge.path, 0, 50, 4
    known = replace(processes, marginals=marginals_of(*ends, coupling=bridge.coupling))
    story.show_document(bridge)
    story.show_bundle(replace(bundle, extra=known))
    assert not story.joined.isHidden()
    assert story.joined.values[PAIRS].text() != NONE
    assert story.bridge.text() == IS_BRIDGE
    story.show_document(DOCUMENT)
    story.show_bundle(replace(bundle, extra=replace(known)))
    assert story.joined.isHidden()
    assert story.bridge.text() == ""


def test_the_level_of_latent_noise_is_off_with_its_reason_on_paths_without_any(
    qtbot: QtBot,
) -> None:
    for make in (ProcessesControls, RoundTripControls, RaceControls):
        controls = make(DOCUMENT)
        qtbot.addWidget(controls)
        form = next(f for f, _ in controls._forms if "eps_shape" in f.fields)
        combo = form.row("eps_shape").combo
        item = combo.model().item(combo.findData("gamma"))
        assert not item.isEnabled()
        assert item.toolTip() == NO_GAMMA
        controls.show_document(replace(DOCUMENT, path=Path(kind="linear", noise="brownian")))
        assert item.isEnabled()


def test_a_process_that_isnt_there_has_no_row(qtbot: QtBot) -> None:
    story = ProcessesStory()
    qtbot.addWidget(story)
    story.show_document(DOCUMENT)
    bundle = frame().bundle
    assert bundle is not None
    story.show_bundle(bundle)
    hidden = {name for name, value in story.meters.values.items() if value.isHidden()}
    assert hidden == {CHURN}
