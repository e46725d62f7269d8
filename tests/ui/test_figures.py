"""Figures in words: to the digits their errors allow, of the moment that is shown, or blank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.losses import Regression
from flowlab.core.estimates import Estimate, to_error, typeset
from flowlab.scene.base.style import DARK
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.plots.loss_plot import LossPlot, known
from flowlab.ui.room.figures import (
    AS_GOOD,
    NONE,
    quality_notes,
    quality_words,
    training_notes,
    training_words,
)
from flowlab.ui.room.quality import Quality
from flowlab.ui.room.side_panel import RIGHT_WIDTH
from flowlab.work.status import History, Status

STEPS = np.arange(1.0, 101.0)
HISTORY = History(steps=STEPS, mse=200.0 - STEPS, quadratic=-STEPS)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (6.747, 0.0163, "6.75 ± 0.02"),
        (14.43, 0.31, "14.4 ± 0.3"),
        (0.1238, 0.0042, "0.124 ± 0.004"),
        (123.4, 27.0, "120 ± 30"),
        (6.747, 1e-6, "6.75"),
        (0.0, 0.2, "0.0 ± 0.2"),
        (0.03, 0.4, "0.0 ± 0.4"),
        (6.747, None, "6.75"),
        (6.747, float("nan"), "6.75"),
        (0.096, 0.0996, "0.1 ± 0.1"),
    ],
)
def test_a_value_ends_where_its_error_does(value: float, error: float | None, words: str) -> None:
    assert to_error(value, error) == words


def test_an_error_that_begins_with_1_has_two_digits_where_that_is_wanted() -> None:
    assert [to_error(6.7, 1.49, fine=fine) for fine in (False, True)] == ["7 ± 1", "6.7 ± 1.5"]
    assert to_error(6.7, 0.2, fine=True) == "6.7 ± 0.2"
    assert typeset("-3.5e-5 ± 4e-6") == "−3.5e−5 ± 4e−6"


def test_looking_back_every_figure_is_of_that_moment() -> None:
    status = Status(
        state="training", step=100, seconds=9.0, steps_per_second=50.0, history=HISTORY,
        looking_back=40, seconds_then=3.5,
    )  # fmt: skip
    words = training_words(status)
    assert words["step"] == "40 of 100"
    assert words["elapsed"] == "3.5 s"
    assert words["rate"] == NONE
    assert words["loss"].startswith("170 ± ")  # the mean of 161 to 179, steps 21 to 40
    assert training_words(Status(step=100, history=HISTORY))["loss"].startswith("110 ± ")
    assert training_words(Status(history=HISTORY, looking_back=0))["loss"] == NONE


def test_losses_of_an_earlier_problem_have_no_floor_of_the_present_one() -> None:
    status = Status(step=100, history=replace(HISTORY, since=90), mse_floor=50.0)
    words = training_words(status)
    assert words["floor"] == "50"
    assert words["loss"].startswith("104 ± ")  # the mean of 100 to 109: steps 91 to 100 only
    earlier = replace(status, looking_back=90)
    assert training_words(earlier)["floor"] == NONE
    assert training_words(earlier)["loss"].startswith("120 ± ")  # of steps 71 to 90
    assert "changed after this moment" in training_notes(earlier)["floor"]
    assert "changed after" not in training_notes(status)["floor"]


@pytest.mark.parametrize("ready", [False, True])
def test_the_figures_are_of_the_loss_that_is_drawn(qtbot: QtBot, ready: bool) -> None:
    panel = RightPanel()
    qtbot.addWidget(panel)
    if ready:
        panel.add_plot()
    status = Status(step=100, history=HISTORY, mse_floor=50.0, quadratic_floor=-120.0)
    quadratic = replace(status, regression=Regression(objective="quadratic"))
    panel.show_status(quadratic)
    shown = panel.training.values
    assert shown["loss"].text().startswith("−90 ± ")  # the mean of −81 to −100
    assert shown["floor"].text() == "−120"
    assert "½|v|² − ẋ·v" in shown["loss"].toolTip()
    which = panel.loss.which if panel.loss.plot is None else panel.loss.plot.which
    for choice in ("mse", "gap"):
        which.setCurrentIndex(which.findData(choice))
        panel.show_status(quadratic)
        assert shown["loss"].text().startswith("110 ± ")
        assert shown["floor"].text() == "50"
        assert "Of MSE  |v − ẋ|²." in shown["floor"].toolTip()


def test_a_ratio_that_can_t_be_told_from_chance_says_so() -> None:
    floor = Estimate(0.1, 0.01)
    for w2, words in ((0.066, AS_GOOD), (0.13, AS_GOOD), (0.3, "3.0 ± 0.3 ×")):
        status = Status(sliced_w2=w2, sliced_w2_floor=floor, sliced_w2_spread=0.02)
        assert quality_words(status)["ratio"] == words
    assert quality_words(Status())["ratio"] == NONE
    assert quality_words(Status(velocity_error=Estimate(0.0853, 0.002)))["error"] == "8.5 ± 0.2 %"


def test_a_missing_figure_says_why() -> None:
    assert set(quality_notes(Status()).values()) == {"Not measured yet."}
    other = quality_notes(Status(of_step=7, unknown="Another coupling bends it."))
    assert other["error"] == "Another coupling bends it."
    assert other["noise"] == "Of training step 7."
    assert "left the plane" in other["w2"]


def test_the_loss_curve_marks_the_moment_looked_back_to(qtbot: QtBot) -> None:
    plot = LossPlot(DARK)
    qtbot.addWidget(plot)
    plot.show()
    plot.show_status(Status(step=100, history=HISTORY))
    assert plot.plot.marked is None
    plot.show_status(Status(step=100, history=HISTORY, looking_back=40))
    assert plot.plot.marked == 40
    plot.show_status(Status(step=100, history=HISTORY))
    assert plot.plot.marked is None


def test_a_floor_is_drawn_once_it_is_known_to_a_hundredth(qtbot: QtBot) -> None:
    plot = LossPlot(DARK)
    qtbot.addWidget(plot)
    plot.show()
    for error, drawn in ((0.2, False), (0.05, True)):
        floor = Estimate(7.0, error)
        plot._due = 0.0
        plot.show_status(Status(step=100, history=HISTORY, mse_floor=floor))
        assert ("floor" in [curve.name for curve in plot.plot.curves]) is drawn
        assert (known(floor) is not None) is drawn
    assert known(3.0) == 3.0  # a plain number has no error
    assert known(None) is None


def test_the_panel_says_how_many_particles_of_how_many(qtbot: QtBot) -> None:
    panel = RightPanel()
    qtbot.addWidget(panel)
    panel.particles, panel._carried = 1_000_000, 1000
    panel.show_status(Status(state="training"))
    value = panel.flow.values["particles"]
    assert value.text() == "1,000 of 1,000,000"
    assert "pause to see them all" in value.toolTip()
    panel.show_status(Status(state="paused", sampling=0.42))
    assert value.text() == "42 % of 1,000,000"
    assert "42 % done" in value.toolTip()
    panel._carried = 1_000_000
    panel.show_status(Status(state="paused"))
    assert value.text() == "1,000,000"


def test_no_figure_is_wider_than_the_panel(qtbot: QtBot) -> None:
    """A wide one would push all others past the edge."""
    panel = RightPanel()
    qtbot.addWidget(panel)
    before = panel.quality.minimumSizeHint().width()
    panel.quality.figures.show_values(ratio="a figure of far too many words for so narrow a panel")
    assert panel.quality.minimumSizeHint().width() == before
    metrics, name = panel.quality.values["ratio"].fontMetrics(), "ratio"
    assert metrics.horizontalAdvance(AS_GOOD) + metrics.horizontalAdvance(name) < RIGHT_WIDTH - 40


def test_quality_is_headed_by_the_step_it_was_measured_at(qtbot: QtBot) -> None:
    quality = Quality()
    qtbot.addWidget(quality)
    quality.show_status(Status(step=9000, of_step=5535, sliced_w2=0.2))
    assert quality.step.text() == "at step 5,535"
    assert quality.values["w2"].text() == "0.2"
    quality.show_status(Status(step=9000))
    assert (quality.step.text(), quality.values["w2"].text()) == ("", NONE)
    quality.show_status(Status(of_step=0))
    assert quality.step.text() == "untrained"
