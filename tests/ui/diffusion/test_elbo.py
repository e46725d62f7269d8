"""The panels of the bound: its terms, its gap, and its other form."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.elbo_results import forms_of
from flowlab.core.diffusion.likelihood_bound import likelihood_bound
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.view import View
from flowlab.core.exact import oracle_for
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.style import LIGHT
from flowlab.ui.diffusion.captions import EXACT, caption
from flowlab.ui.diffusion.control_words import NO_SCHEDULE
from flowlab.ui.diffusion.elbo_controls import ElboControls
from flowlab.ui.diffusion.elbo_story import NO_FORM, ElboStory, unit_words
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE

DOCUMENT = Document(
    target=Gaussian(std_x=0.7, std_y=0.7),
    view=View(name="elbo", shows="exact"),
    diffusion=Diffusion(T=40, bound_points=100),
)


def test_the_story_tells_terms_gap_and_both_forms(qtbot: QtBot) -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    story = ElboStory()
    qtbot.addWidget(story)
    story.set_theme(LIGHT)
    story.renew()
    assert story.bound.values["total"].text() == NONE
    quick = likelihood_bound(DOCUMENT, oracle, PlanOptions(coarse=True))
    story.show_bundle(quick)
    assert story.quick.text() == NO_FORM
    assert story.both.values["first"].text() == NONE
    bundle = likelihood_bound(DOCUMENT, oracle, PlanOptions())
    story.show_bundle(bundle)
    story.show_t(0.5)
    assert story.quick.text() == ""
    assert story.now.text().startswith("k = 20 of 40: matching ")
    assert story.bound.values["reconstruction"].text().startswith("−")
    wide = float(story.both.values["wide"].text())
    assert wide > float(story.both.values["spread"].text()) > 0
    assert [curve.name for curve in story.chart.curves] == ["second", "first"]
    assert story.chart.curves[0].xs[0] < story.chart.curves[0].xs[-1]
    assert story.chart.marked == 0.5
    assert "±" in story.bound.values["each"].text()


def test_what_the_unit_of_the_data_adds_is_told() -> None:
    """Scaled by 1/s, every log density is 2 log s higher."""
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    forms = forms_of(likelihood_bound(DOCUMENT, oracle, PlanOptions(coarse=True)))
    assert forms is not None
    assert forms.volume == pytest.approx(2 * math.log(forms.schedule.size), abs=1e-6)
    assert unit_words(replace(forms, volume=0.0)) == ""
    assert "2.57 nats more" in unit_words(replace(forms, volume=2.567))
    assert "2.57 nats less" in unit_words(replace(forms, volume=-2.567))


def test_captions_and_controls(qtbot: QtBot) -> None:
    oracle = oracle_for(DOCUMENT)
    assert oracle is not None
    bundle = likelihood_bound(DOCUMENT, oracle, PlanOptions(coarse=True))
    points = "100" if "100 data" in caption(DOCUMENT, bundle) else "64"  # once it is known
    assert caption(DOCUMENT, bundle) == (
        f"mean over {points} data points · variance: posterior σ̃² · Linear schedule, T = 40 · "
        + EXACT
    )
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING
    controls = ElboControls(DOCUMENT)
    qtbot.addWidget(controls)
    exploding = replace(DOCUMENT, diffusion=replace(DOCUMENT.diffusion, kind="ve"))
    controls.show_document(exploding)
    assert controls.levels._reasons["schedule"] == NO_SCHEDULE
