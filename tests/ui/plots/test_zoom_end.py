"""When a zoom ends by itself, how far it goes, and the button that ends it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from flowlab.scene.base.style import DARK
from flowlab.ui.plots.curve import Curve
from flowlab.ui.plots.metrics_bars import CauseBars
from flowlab.ui.plots.plot import Plot
from flowlab.ui.plots.zoom_view import inside
from flowlab.work.figures import Figure


def line(last: float, name: str = "loss", height: float = 1.0) -> Curve:
    xs = np.linspace(0.0, last, 50)
    return Curve(name, xs, height + 0.1 * np.sin(xs))


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("", "step", theme=DARK)
    qtbot.addWidget(made)
    made.resize(222, made.height())
    made.show()
    made.show_curves(line(1000.0))
    made.zoom(0.5, made.spot(700.0, 1.0))
    assert made.zoomed
    return made


@pytest.mark.parametrize(
    "curves",
    [
        (),
        (line(80.0),),  # a fresh run
        (line(900.0),),  # the step goes back
        (line(1000.0, "angle"),),  # another kind of curve
        (line(1000.0, height=50.0),),  # nothing visible
        (Curve("loss", np.linspace(800.0, 2000.0, 9), np.ones(9)),),  # hardly any overlap
    ],
)
def test_a_zoom_ends_with_the_data_that_it_was_made_for(
    plot: Plot, curves: tuple[Curve, ...]
) -> None:
    plot.show_curves(*curves)
    assert not plot.zoomed
    assert tuple(map(tuple, plot.view_box.viewRange())) == plot.home
    assert not plot.all_button.isVisible()


def test_a_zoom_ends_when_the_axis_becomes_logarithmic(plot: Plot) -> None:
    plot.log_y = True
    plot.show_curves(line(1000.0))
    assert not plot.zoomed


def test_a_zoom_stays_while_data_grow(plot: Plot) -> None:
    seen = plot.view_box.viewRange()
    for last in (1001.0, 5000.0, 4990.0):  # averaged rows end a little earlier
        plot.show_curves(line(last))
        assert plot.zoomed
        assert plot.view_box.viewRange() == seen


def test_a_button_says_that_a_part_is_visible_and_shows_all(qtbot: QtBot, plot: Plot) -> None:
    button = plot.all_button
    assert button.isVisible()
    assert button.text() == "zoomed · click shows all"
    assert "Home" in button.toolTip()
    assert plot.viewport().rect().contains(button.geometry())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not plot.zoomed
    assert not button.isVisible()


@pytest.mark.parametrize("curves", [(), (Curve("loss", np.arange(3.0), np.full(3, np.nan)),)])
def test_nothing_is_not_zoomed(qtbot: QtBot, plot: Plot, curves: tuple[Curve, ...]) -> None:
    plot.show_curves(*curves)
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    plot.zoom(0.5)
    assert not plot.zoomed


def test_a_zoom_has_a_limit(plot: Plot) -> None:
    for _ in range(300):
        plot.zoom(0.8)
    whole, seen = np.ptp(plot.home, axis=1), np.ptp(plot.view_box.viewRange(), axis=1)
    np.testing.assert_allclose(seen, whole / 1000)
    low, high = inside((1e15, 1e15), (1e15, 1e15 + 1000))
    assert high - low >= 8  # numbers there are 1/8 apart


def test_one_far_value_has_an_axis(plot: Plot) -> None:
    plot.show_curves(Curve("far", np.full(2, 1e9), np.ones(2)))
    low, high = plot.view_box.viewRange()[0]
    assert low < 1e9 < high


def test_labels_at_the_left_are_whole(plot: Plot, monkeypatch: pytest.MonkeyPatch) -> None:
    def inked(words: str) -> int:
        ticks: Callable[..., list[tuple[float, str]]] = lambda *_: [(1.0, words)]  # noqa: E731
        monkeypatch.setattr(plot, "upright_ticks", ticks)
        plot.axes.update()
        image = plot.grab().toImage()
        return sum(
            image.pixelColor(0, y).getRgb()[:3] != DARK.raised for y in range(image.height())
        )

    plot.show_all()
    for words in ("1", "1.23456", "−1.234567891"):
        assert inked(words) == 0


def test_two_bars_are_not_zoomed(qtbot: QtBot) -> None:
    bars = CauseBars(DARK)
    qtbot.addWidget(bars)
    bars.show_figures(Figure(value=0.04), Figure(value=0.01))
    bars.zoom(0.5)
    assert not bars.zoomed
    reading = bars.reading(0.2)
    assert reading is not None
    assert reading.words == "model error  4.0 %"
