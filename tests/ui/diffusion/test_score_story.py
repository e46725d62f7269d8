"""The panels of score matching: errors at t, losses beside their minima, curl, and Z."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.diffusion.score_matching import score_matching
from flowlab.core.diffusion.score_results import WAYS, fits_of
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.view import View
from flowlab.core.views.request import PlanOptions
from flowlab.scene.base.style import LIGHT
from flowlab.ui.diffusion.captions import caption
from flowlab.ui.diffusion.score_controls import ScoreControls
from flowlab.ui.diffusion.score_story import ScoreStory
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE

DOCUMENT = Document(
    target=Gaussian(std_x=0.8, std_y=0.8),
    network=Network(width=8, depth=1),
    view=View(name="learned_scores"),
    diffusion=Diffusion(score_steps=40, score_sigma=0.6),
)


def test_the_story_tells_errors_losses_and_their_minima(qtbot: QtBot) -> None:
    bundle = score_matching(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type]
    story = ScoreStory()
    qtbot.addWidget(story)
    story.set_theme(LIGHT)
    story.renew()
    assert story.errors.values["sliced"].text() == NONE
    story.show_bundle(bundle)
    story.show_t(0.0)
    assert story.now.text() == "After 0 of 40 steps, averaged weights."
    assert story.loss_chart.marked == 0
    story.show_t(1.0)
    assert story.loss_chart.marked == 40
    assert all("%" in value.text() for value in story.errors.values.values())
    least = {name: value.text().split(" ±")[0] for name, value in story.least.values.items()}
    assert float(least["implicit"].replace("−", "-")) == pytest.approx(-0.36, abs=0.02)
    assert float(least["denoising"]) == pytest.approx(0.64, abs=0.02)  # .64 / (.64 + .36)
    assert len(story.error_chart.curves) == len(WAYS)
    assert [curve.dashed for curve in story.loss_chart.curves] == 5 * [False] + 3 * [True]
    assert "±" not in story.curls.values["energy"].text()
    fits = fits_of(bundle)
    assert fits is not None
    assert story.energy.values["log_z"].text() == f"{fits.energy.log_z:.4g}"
    assert "●" in story.errors._names["implicit"].text()


def test_captions_and_controls(qtbot: QtBot) -> None:
    bundle = score_matching(DOCUMENT, None, PlanOptions())  # type: ignore[arg-type]
    assert caption(DOCUMENT, bundle) == (
        "trained for 40 steps each · noise N(0, σ² I), σ = 0.6 · arrows and colours on one scale · "
        "blank where hardly any data are"
    )
    assert caption(DOCUMENT, replace(bundle, extra=None)) == COMING
    controls = ScoreControls(DOCUMENT)
    qtbot.addWidget(controls)
    assert "score_sigma" in [spec.name for form, _ in controls._forms for spec in form.specs]
