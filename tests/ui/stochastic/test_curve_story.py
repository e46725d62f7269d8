"""The story of curves and cell: figures, bars and sentences against numbers made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.network import Network
from flowlab.core.stochastic.settings import Stochastic
from flowlab.ui.room.figures import NONE
from flowlab.ui.stochastic import curve_story
from flowlab.ui.stochastic.captions import caption
from flowlab.ui.stochastic.curve_story import CurveStory
from flowlab.ui.stochastic.flux_bars import FluxBars
from tests.helpers.curves import CURVES, cell_of, curves_bundle


@pytest.fixture
def story(qtbot: QtBot) -> CurveStory:
    made = CurveStory()
    qtbot.addWidget(made)
    made.show()
    made.engine_ready()
    made.show_document(CURVES)
    made.show_t(0.5)
    return made


def texts(figures) -> dict[str, str]:
    return {key: label.text() for key, label in figures.values.items()}


def test_the_densities_along_the_curve_at_t(story: CurveStory) -> None:
    story.show_bundle(curves_bundle())
    assert texts(story.curve) == {"log": "−2.500", "change": "−0.500", "known": "−2.750"}
    along, known = story.chart.curves
    assert along.ys.tolist() == [-2, -2.25, -2.5, -2.75, -3]
    assert known.ys[-1] == -3.5
    assert story.chart.marked == 0.5


def test_the_balance_in_figures_and_bars(story: CurveStory) -> None:
    story.show_bundle(curves_bundle())
    assert texts(story.balance) == {
        "mass": "0.325",
        "rate": "+0.150",
        "total": "+0.200",
        "residual": "−0.050",
        "quadrature": "0",
    }
    assert isinstance(story.bars.plot, FluxBars)
    assert story.bars.plot.values == pytest.approx((0.3, -0.1, 0.05, -0.05, 0.2, 0.15))
    assert story.verdict.text() == curve_story.VIOLATES.format(share="10 %")
    assert "left 0.3, right −0.1" in story.bars.plot.accessibleName()
    assert story.bars.plot.table().splitlines()[1] == "left\t0.3"
    reading = story.bars.plot.reading(4.2)
    assert reading is not None
    assert reading.words == "all  0.2"


def test_a_network_that_keeps_it_is_told_so(story: CurveStory) -> None:
    kept = cell_of(CURVES.stochastic, (0.3, -0.1, 0.05, -0.1), 0.15)
    story.show_bundle(curves_bundle(cell=kept))
    assert story.verdict.text() == curve_story.LEARNED_HOLDS
    story.show_bundle(curves_bundle(cell=kept, exact=True))
    assert story.verdict.text() == curve_story.EXACT_HOLDS


def test_the_figures_are_of_the_cell_that_is_drawn_while_another_is_dragged(
    story: CurveStory,
) -> None:
    story.show_bundle(curves_bundle())
    before = texts(story.balance)
    story.show_document(replace(CURVES, stochastic=Stochastic(cell_x=-2.0)))
    assert texts(story.balance) == before
    assert NONE not in before.values()
    assert story.bars.plot is not None
    story.show_document(replace(CURVES, stochastic=Stochastic(show_cell=False)))
    assert story.bars.plot.invitation == curve_story.NO_CELL


def test_what_isn_t_known_says_why(story: CurveStory) -> None:
    story.show_document(replace(CURVES, coupling=Coupling(kind="ot")))
    story.show_bundle(curves_bundle(cell=None, known=None, unknown="so"))
    assert story.bars.plot is not None
    assert "independent pairs" in story.bars.plot.invitation
    assert texts(story.curve)["known"] == NONE
    story.show_document(replace(CURVES, network=Network(conditional=True)))
    assert story.bars.plot.invitation == curve_story.CONDITIONAL


def test_an_unknown_or_empty_start_is_said(story: CurveStory) -> None:
    story.show_bundle(curves_bundle(start=np.full(7, np.nan)))
    assert story.note.text() == curve_story.NO_START
    assert texts(story.curve)["log"] == NONE
    assert story.chart.curves[0].ys.tolist() == [0, -0.25, -0.5, -0.75, -1]
    story.show_bundle(curves_bundle(start=np.full(7, -np.inf)))
    assert story.note.text() == curve_story.OUTSIDE


def test_another_curve_can_be_chosen(story: CurveStory) -> None:
    bundle = curves_bundle(start=np.arange(7.0))
    story.show_bundle(bundle)
    story.show_document(replace(CURVES, stochastic=Stochastic(curve=3)))
    assert texts(story.curve)["log"] == "2.500"
    story.show_document(replace(CURVES, stochastic=Stochastic(curve=500)))
    assert texts(story.curve)["log"] == "5.500"  # the last one


def test_the_caption_counts_curves() -> None:
    words = caption(CURVES, curves_bundle())
    assert "7 curves, Runge–Kutta 4" in words
    assert "untrained" in words
