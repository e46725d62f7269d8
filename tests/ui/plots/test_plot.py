"""The plot that every chart is: axes, read-out, zoom and back, keys, and its theme."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from flowlab.scene.base.style import DARK, LIGHT
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.plots.curve import DRAWN, Curve
from flowlab.ui.plots.plot import Plot
from flowlab.ui.plots.zoom_view import inside

TIMES = np.linspace(0.0, 1.0, 5)
RISING = Curve("up", TIMES, 1 + TIMES, "learned")
FALLING = Curve("down", TIMES, 2 - TIMES, "target", errors=0.1 + 0 * TIMES, dotted=True)


def shown(qtbot: QtBot, plot: Plot, *curves: Curve) -> Plot:
    qtbot.addWidget(plot)
    plot.resize(222, plot.height())
    plot.show()
    plot.show_curves(*curves)
    return plot


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    return shown(qtbot, Plot("error", "t", theme=DARK, tip="What it is"), RISING, FALLING)


def hover(qtbot: QtBot, plot: Plot, pixel: QPointF) -> None:
    qtbot.mouseMove(plot.viewport(), pixel.toPoint() + QPoint(1, 0))
    qtbot.mouseMove(plot.viewport(), pixel.toPoint())


def turn(plot: Plot, pixel: QPointF, notches: int) -> bool:
    """Turn the wheel there; return True if the plot took it."""
    event = QWheelEvent(
        pixel,
        plot.viewport().mapToGlobal(pixel),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)
    return event.isAccepted()


def seen(plot: Plot) -> np.ndarray:
    return np.array(plot.view_box.viewRange())


def count(image: QImage, colour: tuple[int, int, int]) -> int:
    return sum(
        image.pixelColor(x, y).getRgb()[:3] == colour
        for x in range(image.width())
        for y in range(image.height())
    )


# axes


def test_pixels_and_places_are_each_other_s_inverse(plot: Plot) -> None:
    for x, y in ((0.0, 1.0), (0.3, 1.9), (1.0, 0.0)):
        assert plot.place(plot.spot(x, y)) == pytest.approx((x, y))
    assert plot.box().contains(plot.spot(0.5, 1.5))


def test_a_logarithmic_axis_gives_each_decade_the_same_length(qtbot: QtBot) -> None:
    n = np.array([1.0, 10.0, 100.0])
    plot = shown(qtbot, Plot("", "N", log_x=True, log_y=True), Curve("", n, 1 / n))
    a, b, c = (plot.spot(v, 1 / v) for v in n)
    assert b.x() - a.x() == pytest.approx(c.x() - b.x())
    assert b.y() - a.y() == pytest.approx(c.y() - b.y())
    np.testing.assert_allclose(plot.items_of(0, "line").getData(), [[0, 1, 2], [0, -1, -2]])
    assert {"1", "10", "100"} <= {words for _, words in plot.level_ticks(-0.1, 2.1)}


def test_what_is_drawn_lies_where_its_values_are(plot: Plot) -> None:
    image = plot.grab().toImage()
    spot = plot.spot(TIMES[1], 2 - TIMES[1]).toPoint()
    assert image.pixelColor(spot).getRgb()[:3] == DARK.target
    whiskers = plot.items_of(1, "whiskers").getData()
    np.testing.assert_allclose(whiskers[1][:2], [1.9, 2.1])


def test_a_curve_that_is_gone_is_not_drawn(plot: Plot) -> None:
    plot.show_curves(RISING)
    plot.readout.show(None)
    assert count(plot.grab().toImage(), DARK.target) == 0
    plot.show_curves()
    plot.invite("Nothing yet")
    image = plot.grab().toImage()
    assert count(image, DARK.learned) == 0
    assert count(image, DARK.line) == 0  # no axes either


def test_a_place_is_marked(plot: Plot) -> None:
    plot.mark(0.4)
    image, x = plot.grab().toImage(), round(plot.spot(0.4, 0).x())
    column = max(range(x - 2, x + 3), key=lambda c: count(image.copy(c, 0, 1, 100), DARK.text))
    assert count(image.copy(column, 0, 1, 100), DARK.text) > 30
    plot.mark(None)
    assert not plot.mark_line.isVisible()


def test_a_mark_without_a_place_on_a_logarithmic_axis_is_none(qtbot: QtBot) -> None:
    plot = shown(qtbot, Plot("", "N", log_x=True), Curve("", TIMES + 1, TIMES))
    plot.mark(0.0)
    assert not plot.mark_line.isVisible()


# the read-out


def test_the_values_under_the_cursor_are_read(qtbot: QtBot, plot: Plot) -> None:
    hover(qtbot, plot, plot.spot(0.27, 1.5))
    label = plot.readout.label
    assert label.isVisible()
    assert label.text() == "t = 0.25\nup  1.25\ndown  1.75 ± 0.1"
    assert plot.readout.reading is not None
    assert plot.readout.reading.spots == ((0.25, 1.25), (0.25, 1.75))
    assert plot.rect().contains(label.geometry())
    assert label.geometry().left() > plot.spot(0.27, 0).x()  # it covers no value
    hover(qtbot, plot, plot.spot(0.99, 1.5))
    assert label.text().startswith("t = 1\n")
    assert label.geometry().right() < plot.spot(0.99, 0).x()
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert not label.isVisible()


def test_one_curve_alone_is_read_in_a_line(qtbot: QtBot, plot: Plot) -> None:
    plot.show_curves(RISING)
    hover(qtbot, plot, plot.spot(0.5, 1.5))
    assert plot.readout.label.text() == "t = 0.5: 1.5"
    plot.show_curves(Curve("", np.array([0, 0.4, 1]), np.array([3.0, 4.5]), bars=True))
    hover(qtbot, plot, plot.spot(0.1, 1.0))
    assert plot.readout.label.text() == "t 0 to 0.4: 3"


def test_new_values_are_read_at_once_where_the_cursor_rests(qtbot: QtBot, plot: Plot) -> None:
    hover(qtbot, plot, plot.spot(0.5, 1.5))
    plot.show_curves(Curve("up", TIMES, 3 + TIMES))
    assert plot.readout.label.text() == "t = 0.5: 3.5"
    plot.show_curves()
    assert not plot.readout.label.isVisible()


def test_what_is_unknown_is_not_read(qtbot: QtBot, plot: Plot) -> None:
    values = np.array([1.0, np.nan, 3.0, 4.0, 5.0])
    plot.show_curves(Curve("gap", TIMES, values))
    hover(qtbot, plot, plot.spot(0.24, 1.5))
    assert plot.readout.label.text() == "t = 0: 1"


def test_arrow_keys_read_point_by_point(qtbot: QtBot, plot: Plot) -> None:
    plot.setFocus()
    for expected in ("t = 0\n", "t = 0.25\n", "t = 0.5\n"):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
        assert plot.readout.reading is not None
        assert plot.readout.reading.words.startswith(expected)
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.readout.label.text().startswith("t = 0.25\n")
    assert plot.focusPolicy() == Qt.FocusPolicy.StrongFocus


# zoom and back


def test_the_wheel_zooms_about_the_cursor_and_a_double_click_goes_back(
    qtbot: QtBot, plot: Plot
) -> None:
    home, at = seen(plot), plot.spot(0.7, 1.2)
    hover(qtbot, plot, at)
    assert turn(plot, at, 3)
    assert plot.place(at) == pytest.approx((0.7, 1.2))
    np.testing.assert_allclose(np.ptp(seen(plot), axis=1), 0.8**3 * np.ptp(home, axis=1))
    assert plot.zoomed
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at.toPoint())
    np.testing.assert_array_equal(seen(plot), home)
    assert not plot.zoomed


def test_a_panel_goes_on_scrolling_where_there_is_nothing_to_zoom(qtbot: QtBot, plot: Plot) -> None:
    at = plot.box().center()
    assert not turn(plot, at, 1)  # the plot came under a resting cursor
    hover(qtbot, plot, at)
    assert not turn(plot, at, -1)  # the full range is already visible
    assert turn(plot, at, 1)
    assert turn(plot, at, -1)


def test_dragging_pans_no_farther_than_there_is_something(qtbot: QtBot, plot: Plot) -> None:
    plot.zoom(0.5)
    at = plot.place(plot.box().center())
    start, view = plot.box().center().toPoint(), plot.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, start + QPoint(20, 0))
    assert plot.place(QPointF(start + QPoint(20, 0))) == pytest.approx(at, abs=0.02)
    qtbot.mouseMove(view, start + QPoint(2000, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(2000, 0))
    assert seen(plot)[0, 0] == plot.home[0][0]
    before = seen(plot)
    qtbot.mouseMove(view, start)
    np.testing.assert_array_equal(seen(plot), before)


def test_keys_zoom_and_go_back(qtbot: QtBot, plot: Plot) -> None:
    plot.setFocus()
    home = seen(plot)
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert np.ptp(seen(plot)[0]) == pytest.approx(0.64 * np.ptp(home[0]))
    qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert np.ptp(seen(plot)[0]) == pytest.approx(0.8 * np.ptp(home[0]))
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    np.testing.assert_array_equal(seen(plot), home)


def test_who_has_zoomed_keeps_the_part_while_values_come_in(plot: Plot) -> None:
    plot.zoom(0.5)
    part = seen(plot)
    plot.show_curves(RISING, Curve("down", TIMES, 9 - TIMES))
    np.testing.assert_array_equal(seen(plot), part)
    plot.show_all()
    assert seen(plot)[1, 1] > 9


@pytest.mark.parametrize(
    ("part", "found"),
    [((2.0, 4.0), (2.0, 4.0)), ((-1.0, 1.0), (0.0, 2.0)), ((9.0, 12.0), (7.0, 10.0)),
     ((-9.0, 99.0), (0.0, 10.0)), ((5.0, 5.0), (5.0, 5.01))],
)  # fmt: skip
def test_a_part_lies_inside_the_whole(
    part: tuple[float, float], found: tuple[float, float]
) -> None:
    assert inside(part, (0.0, 10.0)) == pytest.approx(found)


def test_a_long_curve_shows_more_of_the_part_that_is_zoomed(qtbot: QtBot) -> None:
    steps = np.arange(5000.0)
    plot = shown(qtbot, Plot("", "step"), Curve("", steps, np.sin(steps)))
    drawn = plot.items_of(0, "line").getData()[0]
    assert len(drawn) == DRAWN
    plot.zoom(0.02)
    low, high = seen(plot)[0]
    drawn = plot.items_of(0, "line").getData()[0]
    np.testing.assert_array_equal(np.diff(drawn), 1.0)  # every point is drawn
    assert drawn[0] <= low
    assert drawn[-1] >= high


def test_only_keys_that_the_plot_has_a_use_for_are_kept_from_the_window(plot: Plot) -> None:
    def kept(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifier)
        event.ignore()
        QApplication.sendEvent(plot, event)
        return event.isAccepted()

    control = Qt.KeyboardModifier.ControlModifier
    assert kept(Qt.Key.Key_Left)
    assert kept(Qt.Key.Key_C, control)
    assert not kept(Qt.Key.Key_Left, control)
    assert not kept(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert not kept(Qt.Key.Key_T)
    assert kept(Qt.Key.Key_Home)
    assert not kept(Qt.Key.Key_Escape)
    plot.zoom(0.5)
    assert kept(Qt.Key.Key_Escape)
    plot.show_curves()
    assert not any(map(kept, (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_Plus)))


# theme


def test_a_plot_takes_the_theme_s_colours(plot: Plot) -> None:
    for theme in (LIGHT, DARK):
        plot.set_theme(theme)
        image = plot.grab().toImage()
        assert image.pixelColor(2, 2).getRgb()[:3] == theme.raised
        assert count(image, theme.target) > 0
        assert count(image, theme.line) > 0


def test_a_plot_without_a_theme_of_its_own_follows_the_application(
    qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, DARK)
    plot = shown(qtbot, Plot("", "t"), RISING)
    assert plot.theme == DARK
    apply_theme(qapp, LIGHT)
    assert plot.theme == LIGHT
    assert plot.grab().toImage().pixelColor(2, 2).getRgb()[:3] == LIGHT.raised
    apply_theme(qapp, DARK)


def test_a_plot_has_a_name_for_who_cannot_see_it(plot: Plot) -> None:
    assert plot.accessibleName() == "error against t"
    assert plot.words().startswith("up: 0 → 1, 0.25 → 1.25")
    assert plot.tip_at(QPointF(5, 5)) == "What it is"


def test_who_comes_by_keys_sees_where_they_are(plot: Plot) -> None:
    plot.clearFocus()
    for reason, framed in (
        (Qt.FocusReason.TabFocusReason, True),
        (Qt.FocusReason.MouseFocusReason, False),
    ):
        plot.setFocus(reason)
        corner = plot.grab().toImage().pixelColor(0, 50).getRgb()[:3]
        assert corner == (DARK.learned if framed else DARK.raised)
        plot.clearFocus()
