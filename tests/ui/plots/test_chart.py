"""A plot's placeholder in a panel, and the plot that replaces it."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.plots.plot import Plot

CURVE = Curve("a", np.array([1.0, 10.0]), np.array([2.0, 4.0]))


@pytest.fixture
def chart(qtbot: QtBot) -> Chart:
    made = Chart("error", "N", log_x=True, tip="What it is")
    qtbot.addWidget(made)
    made.resize(222, made.height())
    made.show()
    return made


def test_no_plot_is_made_before_there_are_curves(chart: Chart) -> None:
    chart.invite("On its way")
    chart.mark(3.0)
    chart.show_curves()
    chart.set_theme(LIGHT)
    assert chart.findChild(Plot) is None
    image = chart.grab().toImage()
    assert image.pixelColor(1, 1).getRgb()[:3] == LIGHT.raised
    inked = (image.pixelColor(x, 50).getRgb()[:3] for x in range(222))
    assert any(colour != LIGHT.raised for colour in inked)  # the invitation


def test_the_plot_takes_over_what_was_said_before(qtbot: QtBot, chart: Chart) -> None:
    chart.setAccessibleName("Errors")
    chart.invite("On its way")
    chart.mark(3.0)
    chart.set_theme(LIGHT)
    chart.show_curves(CURVE)
    plot = chart.findChild(Plot)
    assert plot is not None
    qtbot.waitUntil(plot.isVisible)
    assert plot.size() == chart.size()
    assert (plot.marked, plot.theme, plot.invitation) == (3.0, LIGHT, "On its way")
    assert (plot.accessibleName(), plot.toolTip()) == ("Errors", "What it is")
    assert plot.log_x


def test_the_plot_hears_what_is_said_later(chart: Chart) -> None:
    chart.show_curves(CURVE)
    chart.mark(5.0)
    chart.set_theme(DARK)
    chart.invite("None")
    chart.setAccessibleDescription(chart.words())
    plot = chart.plot
    assert (plot.marked, plot.theme, plot.invitation) == (5.0, DARK, "None")
    assert plot.accessibleDescription() == "a: 1 → 2, 10 → 4"
    chart.show_curves()
    assert plot.curves == chart.curves == ()
