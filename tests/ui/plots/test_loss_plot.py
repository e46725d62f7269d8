"""The loss curve and its plain axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from flowlab.core.document.losses import Regression
from flowlab.core.document.network import BETWEEN_WALLS
from flowlab.scene.base.style import DARK
from flowlab.ui.base.ticks import short, ticks
from flowlab.ui.plots.curve import DRAWN, thinned
from flowlab.ui.plots.loss_plot import INVITATION, LossPlot, running_mean
from flowlab.ui.plots.plot_menu import DENSITY, drawing, picture
from flowlab.work.status import History, Status


def status(count: int) -> Status:
    steps = np.arange(count, dtype=np.float32) * 8
    mse = 1 + 5 * np.exp(-steps / 800)
    history = History(steps=steps, mse=mse.astype(np.float32), quadratic=-mse.astype(np.float32))
    return Status(step=8 * count, history=history, mse_floor=1.0, quadratic_floor=-6.0)


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    made = LossPlot(DARK)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.3, 17), (-4, -1), (9.2, 11.4), (0, 123456)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high, 4)
    values = np.array([value for value, _ in found])
    assert 1 <= len(values) <= 5
    assert values.min() >= low
    assert values.max() <= high
    steps = np.diff(values)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:e}"[0] in "125"


@pytest.mark.parametrize(("low", "high"), [(-4, 1), (-0.5, 1.2), (0.9, 1.1), (1.02, 1.03)])
def test_ticks_of_a_logarithmic_axis_stand_where_their_words_say(low: float, high: float) -> None:
    found = ticks(low, high, 4, log=True)
    assert found
    for place, words in found:
        assert low <= place <= high
        assert 10.0**place == pytest.approx(float(words.replace("−", "-")), rel=0.02)


def test_an_empty_range_has_no_ticks() -> None:
    assert ticks(1.0, 1.0, 4) == []


@pytest.mark.parametrize(
    ("value", "words"), [(12000, "12k"), (1.5e6, "1.5M"), (0.05, "0.05"), (2e-4, "2e−4"), (0, "0")]
)
def test_numbers_are_written_short(value: float, words: str) -> None:
    assert short(value) == words


def test_a_curve_has_no_more_points_than_can_be_seen_and_keeps_both_ends(plot: LossPlot) -> None:
    shown = status(2000)
    plot.show_status(shown)
    steps, means = plot.plot.items_of(1, "line").getData()
    assert len(steps) == DRAWN
    assert steps[0] == 0
    assert steps[-1] == shown.history.steps[-1]
    smooth = running_mean(np.log10(shown.history.mse))
    assert means[-1] == pytest.approx(smooth[-1])
    assert list(thinned(3)) == [0, 1, 2]


def test_the_floor_and_the_whole_curve_are_inside_the_frame(plot: LossPlot) -> None:
    shown = status(300)
    plot.show_status(shown)
    (left, right), (bottom, top) = plot.plot.view_box.viewRange()
    assert (left, right) == pytest.approx((0.0, float(shown.history.steps[-1])))
    assert bottom < 0.0 < np.log10(float(shown.history.mse.max())) < top
    floor = plot.plot.items_of(2, "line")
    assert list(floor.getData()[1]) == pytest.approx([0.0, 0.0])  # log10 of the floor
    assert floor.opts["fillLevel"] < bottom  # shaded from there down
    assert all(left <= place <= right for place, _ in plot.plot.level_ticks(left, right))


def test_the_loss_is_read_and_copied_in_full(plot: LossPlot) -> None:
    shown = status(1000)
    plot.show_status(shown)
    reading = plot.plot.reading(801.0)
    assert reading is not None
    step, loss, mean, floor = reading.words.split("\n")
    assert (step, floor) == ("step = 800", "floor  1")
    assert loss == f"loss  {float(shown.history.mse[100]):.4g}"
    smooth = 10.0 ** running_mean(np.log10(shown.history.mse))[100]
    assert mean == f"running mean  {smooth:.4g}"
    lines = plot.plot.table().splitlines()
    assert lines[0] == "step\tloss\trunning mean\tfloor"
    assert len(lines) == 1001
    assert lines[1].split("\t") == ["0", "6", "6", "1"]


def test_another_loss_is_shown_whole(plot: LossPlot) -> None:
    plot.show_status(status(300))
    plot.plot.zoom(0.3)
    plot.which.setCurrentIndex(plot.which.findData("quadratic"))
    plot.which.activated.emit(plot.which.currentIndex())
    assert not plot.plot.zoomed
    assert not plot.plot.log_y  # it is negative
    assert plot.plot.view_box.viewRange()[1][1] < 0


def test_a_plot_that_is_not_seen_is_not_drawn(plot: LossPlot) -> None:
    plot.hide()
    plot.show_status(status(10))
    assert plot.plot.curves == ()
    plot.show()
    plot.show_status(status(10))
    assert len(plot.plot.items_of(1, "line").getData()[0]) == 10


def test_a_fresh_experiment_invites_again(plot: LossPlot) -> None:
    plot.show_status(status(10))
    assert plot.plot.curves
    plot._due = 0.0
    plot.show_status(Status())
    assert plot.plot.curves == ()
    assert plot.plot.invitation == INVITATION
    assert plot.plot.items_of(1, "line") is None or not plot.plot.items_of(1, "line").isVisible()


def test_a_zoom_ends_with_the_training(plot: LossPlot) -> None:
    for count, share, zoomed in ((300, 1.0, True), (60, 1.0, False), (400, 0.5, False)):
        plot.show_status(status(100))
        plot.plot.show_all()
        plot.plot.zoom(0.5)
        other = status(count)
        other.history.mse[:] *= share
        plot._due = 0.0
        plot.show_status(other)
        assert plot.plot.zoomed == zoomed
        plot._due = 0.0


def test_the_floor_is_copied_in_every_row(plot: LossPlot) -> None:
    plot.show_status(status(50))
    rows = [row.split("\t") for row in plot.plot.table().splitlines()[1:]]
    assert len(rows) == 50
    assert {row[3] for row in rows} == {"1"}


def test_a_saved_picture_names_the_curves_above_them(plot: LossPlot) -> None:
    plot.show_status(status(50))
    inner = plot.plot
    above = inner.saved_above
    assert above >= 16
    image = QImage.fromData(picture(inner))
    assert image.size() == DENSITY * (inner.size() + QSize(0, above))
    assert drawing(inner).startswith(b"<?xml")
    strip = image.copy(0, 0, image.width(), DENSITY * above)
    inks = {
        strip.pixelColor(x, y).getRgb()[:3]
        for x in range(strip.width())
        for y in range(strip.height())
    }
    assert {DARK.raised, DARK.text, DARK.learned, DARK.exact} <= inks
    inner.show_curves()
    assert inner.saved_above == 0


def test_the_losses_are_named_by_what_is_predicted(plot: LossPlot) -> None:
    plot.show_status(status(50))
    assert plot.which.itemText(0) == "MSE  |v − ẋ|² · trained on"
    assert plot.which.currentData() == "mse"
    denoiser = replace(status(60), regression=Regression("denoiser", objective="sum"))
    plot.show_status(denoiser)
    assert plot.which.itemText(0) == "MSE  |d − x₁|² · trained on its sum"
    assert plot.which.itemText(1) == "½|d|² − x₁·d"
    assert "its target point" in plot.which.toolTip()


def test_the_loss_that_is_trained_on_is_drawn_until_another_is_chosen(plot: LossPlot) -> None:
    notebook = replace(status(60), regression=Regression(objective="quadratic"))
    plot.show_status(notebook)
    assert plot.which.currentData() == "quadratic"
    assert plot.plot.title == "½|v|² − ẋ·v"
    plot.which.setCurrentIndex(plot.which.findData("gap"))
    plot.show_status(replace(notebook, regression=Regression("denoiser", objective="quadratic")))
    assert plot.which.currentData() == "gap"
    plot.show_status(status(70))
    assert plot.which.currentData() == "mse"


def test_an_implicit_loss_is_drawn_though_it_is_negative(plot: LossPlot) -> None:
    regression = Regression(BETWEEN_WALLS, matching="implicit")
    shown = status(60)
    history = replace(shown.history, mse=2 * shown.history.quadratic)
    plot.show_status(replace(shown, history=history, mse_floor=None, regression=regression))
    assert plot.which.currentData() == "mse"
    assert not plot.plot.log_y
    assert "loss" in [curve.name for curve in plot.plot.curves]
    assert plot.which.itemText(0).startswith("|σ s|² + 2 σ² ∇·s")
