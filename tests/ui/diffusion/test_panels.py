"""The diffusion room's panels: settings, captions, the level now, the meters in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.plan import denoising
from flowlab.core.diffusion.results import TWIN
from flowlab.core.diffusion.settings import (
    DDPM,
    IADB,
    NONE,
    NOT_A_SAMPLER,
    ODE,
    SDE,
    TEXT,
    Diffusion,
)
from flowlab.core.diffusion.strip import noising
from flowlab.core.diffusion.time_plane import time_plane
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.view import View
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.control_words import NO_SCHEDULE
from flowlab.ui.diffusion.denoising_story import DenoisingStory, verdict
from flowlab.ui.diffusion.level_figures import LevelFigures
from flowlab.ui.diffusion.model_controls import (
    NO_CLAMP,
    NO_CORRECTION,
    ModelControls,
    StripControls,
    TimePlaneControls,
)
from flowlab.ui.diffusion.strip_story import StripStory
from flowlab.ui.diffusion.time_plane_story import BLENDS, WRONG, TimePlaneStory
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE as DASH
from tests.helpers.noise_models import NOISE, TWO, exact_field, untrained

PLANS = {"samplers": denoising, "noising": noising, "diffusion_time_plane": time_plane}


def document_of(view: str = "samplers", shows: str = "learned", **settings: Any) -> Document:
    return Document(
        source=NOISE,
        target=TWO,
        network=Network(width=8, depth=1),
        view=View(name=view, particles=80, shows=shows),
        diffusion=Diffusion(**{"steps": 8, **settings}),
    )


def made(document: Document) -> Bundle:
    exact = document.view.shows == "exact"
    field = exact_field(document) if exact else untrained(document)
    return PLANS[document.view.name](document, field, PlanOptions(step=7))


def test_captions_say_how_noise_is_carried_and_what_the_start_still_holds() -> None:
    plain = document_of()
    assert caption(plain, made(plain)) == (
        "80 particles · 8 of 1,000 steps · Linear schedule, ᾱ_T = 4e−05 · training step 7"
    )
    short = document_of(T=300, steps=300, shows="exact", second=NONE, third=NONE)
    words = caption(short, made(short))
    assert "300 of 300 steps · drawn at 101 times" in words
    assert "not all noise at the start: the data’s spread is 0.22 times the noise’s" in words
    assert words.endswith("exact noise and score")
    wide = document_of(kind="ve")
    assert "σ to 50, drawn at x/√(1 + σ²)" in caption(wide, made(wide))
    strip = document_of("noising", kind="sub_vp")
    assert "Sub-VP, Linear schedule" in caption(strip, made(strip))
    assert caption(strip, replace(made(strip), extra=None)) == COMING


def test_settings_of_what_is_not_shown_say_so(qtbot: QtBot) -> None:
    controls = ModelControls(document_of(second=NONE, third=NONE, kind="ve"))
    qtbot.addWidget(controls)
    assert not controls.noise._reasons["variance"]
    assert "DDIM" in controls.noise._reasons["eta"]
    assert "Reverse SDE" in controls.solvers._reasons["snr"]
    assert controls.levels._reasons["schedule"] == NO_SCHEDULE
    assert controls.cut._reasons["box"] == NO_CLAMP
    controls.show_document(document_of(second=SDE, clamp=True))
    assert controls.solvers._reasons["snr"] == NO_CORRECTION
    assert not controls.cut._reasons["box"]
    assert not controls.levels._reasons["schedule"]


def test_the_strip_has_one_process_and_the_plane_a_direction(qtbot: QtBot) -> None:
    strip, plane = StripControls(document_of()), TimePlaneControls(document_of())
    for controls in (strip, plane):
        qtbot.addWidget(controls)
    names = [
        {spec.name for form, _ in controls._forms for spec in form.specs}
        for controls in (strip, plane)
    ]
    assert {"first", "panels"} <= names[0]
    assert not names[0] & {"second", "third", "iadb_is_ddim", "angle"}
    assert {"first", "second", "third", "angle"} <= names[1]
    assert "DDIM" in strip.noise._reasons["eta"]  # which is the second process


def test_the_level_at_t_is_that_of_the_schedule(qtbot: QtBot) -> None:
    from flowlab.core.diffusion.results import denoising_of

    known = denoising_of(made(document_of(T=300, steps=300)))
    assert known is not None
    figures = LevelFigures()
    qtbot.addWidget(figures)
    figures.show_level(known.schedule, 0.0)
    assert figures.values["k"].text() == "300 of 300"
    assert figures.values["bar"].text() == "0.0481"
    assert figures.values["ratio"].text() == "0.0505"  # by hand: .0481 / .9519
    figures.show_level(known.schedule, 1.0)
    assert figures.values["ratio"].text() == "∞"
    exploding = denoising_of(made(document_of(T=300, steps=300, kind="ve")))
    assert exploding is not None
    figures.show_level(exploding.schedule, 0.5)
    assert [figures.values[name].text() for name in ("bar", "last")] == [DASH, DASH]
    assert figures.values["signal"].text() == "1.000"
    figures.show_level(None, 1.0)
    assert figures.values["k"].text() == DASH


def test_the_story_measures_every_picture_against_its_own_marginal(qtbot: QtBot) -> None:
    document = document_of(second=TEXT, third=NONE, iadb_is_ddim=True, T=100, steps=100)
    story = DenoisingStory()
    qtbot.addWidget(story)
    story.show_document(document)
    story.show_bundle(made(document))
    story.show_t(1.0)
    for kind in (DDPM, TEXT, TWIN, "fresh", "blends"):
        assert story.meters.values[kind].text() != DASH, kind
    assert story.meters.values[IADB].text() == DASH
    assert story.why.text() == NOT_A_SAMPLER
    assert "spread" in story.start.text()
    assert "Euler's step" in story.same.text()
    assert (
        "not as good as samples of noised data" in story.verdict.text()
    )  # of a network that has learned nothing


def test_the_verdict_names_what_chance_does_not_explain() -> None:
    values = {DDPM: Estimate(0.1, 0.01), ODE: Estimate(0.5, 0.01)}
    assert verdict(values, [ODE], 900) == (
        "As far as 900 particles tell, not as good as samples of noised data: Probability-flow ODE."
    )
    assert "all are as good as fresh samples" in verdict(values, [], 900)
    assert verdict({DDPM: None}, [], 0) == ""


def test_the_strip_s_story_tells_the_first_point_s_jump(qtbot: QtBot) -> None:
    document, story = document_of("noising"), StripStory()
    qtbot.addWidget(story)
    story.show_document(document)
    story.show_bundle(made(document))
    story.show_t(0.0)
    assert story.law.values["spread"].text() == "0.60, 1.20"  # the noise's own
    story.show_t(1.0)
    assert story.law.values["spread"].text() == "0.00, 0.00"


def test_the_plane_s_story_says_what_is_shown(qtbot: QtBot) -> None:
    document, story = document_of("diffusion_time_plane", second=TEXT, third=IADB), TimePlaneStory()
    qtbot.addWidget(story)
    story.show_document(document)
    story.show_bundle(made(document))
    assert WRONG in story.read.text()
    assert BLENDS in story.read.text()
