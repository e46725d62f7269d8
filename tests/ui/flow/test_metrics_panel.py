"""The metrics panel: its requests, its words, and its drawings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.estimates import Estimate
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.flow.metrics_panel import ROWS, MetricsPanel, degrees, number, whole
from flowlab.ui.flow.ratio_bar import RatioBar
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.plots.metrics_bars import CauseBars
from flowlab.ui.plots.time_plot import TimePlot
from flowlab.ui.room.figures import NONE, percent
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.engine_link import EngineLink
from flowlab.ui.state.playback import Playback
from flowlab.work.figures import GAUGES, ByTime, Figure
from flowlab.work.status import Status

FIGURES = {
    "sliced_w2": Figure(
        value=0.3, error=0.01, floor=Estimate(0.1, 0.007), spread=0.02, n=2500, pairs=8, step=70
    ),
    "likelihood": Figure(
        value=-4.2, error=0.05, floor=Estimate(-4.18, 0.06), gap_error=0.003, n=300
    ),
    "velocity": Figure(value=0.0263, error=0.001, floor=0.0, n=2560),
    "angle": Figure(value=2.33, floor=0.0, n=2560),
    "continuity": Figure(note="There is no exact field."),
    "model": Figure(value=0.04, n=256),
    "integration": Figure(value=0.01, n=256),
}


def by_time(bins: int = 4) -> ByTime:
    rising = np.arange(1.0, bins + 1)
    return ByTime(
        edges=np.linspace(0, 1, bins + 1),
        excess=rising,
        excess_error=0.1 * rising,
        velocity=0.01 * rising,
        velocity_error=0.001 * rising,
        angle=rising[::-1],
        angle_error=0.1 * rising,
    )


@pytest.fixture
def panel(qtbot: QtBot) -> MetricsPanel:
    made = MetricsPanel(DARK)
    qtbot.addWidget(made)
    made.show()
    return made


def picture(widget: QWidget, qtbot: QtBot) -> QImage:
    qtbot.addWidget(widget)
    widget.resize(222, widget.height() or 20)
    return widget.grab().toImage()


def columns(image: QImage, colour: tuple[int, int, int]) -> list[int]:
    """How many pixels of a colour stand in each column."""
    wanted = QColor(*colour).rgb()
    return [
        sum(image.pixel(x, y) == wanted for y in range(image.height()))
        for x in range(image.width())
    ]


def test_figures_are_wanted_while_the_section_is_open_and_seen(qtbot: QtBot) -> None:
    right, heard = RightPanel(), []
    qtbot.addWidget(right)
    right.metrics.wanted.connect(heard.append)
    right.show()
    assert (right.metrics.panel, heard) == (None, [])  # a closed panel costs nothing
    right.metrics_section.head.click()
    assert heard == [tuple(GAUGES)]
    right.metrics_section.head.click()
    assert heard[-1] == ()
    right.metrics_section.head.click()
    right.hide()
    assert heard[-2:] == [tuple(GAUGES), ()]


def test_the_room_tells_the_engine_what_is_seen_and_the_panel_what_t_it_is(qtbot: QtBot) -> None:
    link, heard = EngineLink(alone=False), []
    link.engine = SimpleNamespace(measure=heard.append, status=Status)  # type: ignore[assignment]
    room = Workspace(DocumentStore(Document()), link, Playback())
    qtbot.addWidget(room)
    room.show()
    room.playback.seek(0.25)
    room.opened["flow"].right.metrics_section.head.click()
    panel = room.opened["flow"].right.metrics.panel
    assert heard == [tuple(GAUGES)]
    assert panel is not None
    assert panel.plot.drawing.marked == 0.25
    room.playback.seek(0.75)
    assert panel.plot.drawing.marked == 0.75
    room.hide()
    assert heard[-1] == ()


def test_every_figure_of_the_engine_has_a_place() -> None:
    made = {name for names in GAUGES.values() for name in names}
    assert made == {*ROWS, "model", "integration"}


def test_a_known_figure_stands_beside_what_is_best(panel: MetricsPanel) -> None:
    panel.show_status(Status(figures=FIGURES))
    assert panel.values["sliced_w2"].text() == "0.30 ± 0.01"
    assert panel.floors["sliced_w2"].text() == "fresh samples 0.100 ± 0.007"
    assert panel.bars["sliced_w2"].ratio == pytest.approx(3)
    assert panel.values["velocity"].text() == "2.6 ± 0.1 %"
    assert panel.values["angle"].text() == "2.33°"
    assert panel.bars["likelihood"].ratio is None  # nats have no ratio
    tip = panel.values["sliced_w2"].toolTip()
    for words in (
        "n = 2,500",
        "standard error, 0.0100",
        "fresh samples: 0.100 ± 0.007, a mean over 8 sets to the same samples",
        "with a spread of 0.0200",
        "3.00 times",
        "training step 70",
    ):
        assert words in tip
    assert panel.values["likelihood"].text() == "-4.20 ± 0.05"
    assert panel.floors["likelihood"].text() == "the target's -4.18 ± 0.06"
    assert not panel.floors["velocity"].isVisible()  # a perfect flow has none


def test_a_figure_like_that_of_fresh_samples_says_so(panel: MetricsPanel) -> None:
    for value, good in ((0.066, True), (0.13, True), (0.15, False)):
        figure = Figure(value=value, floor=0.1, spread=0.02, n=2500, pairs=8)
        panel.show_status(Status(figures={"sliced_w2": figure}))
        assert panel.bars["sliced_w2"].as_good is good
        assert ("as good as fresh samples" in panel.values["sliced_w2"].toolTip()) is good
        assert ("as good as fresh samples" in panel.floors["sliced_w2"].text()) is good


def test_a_likelihood_that_is_better_by_chance_is_as_good(panel: MetricsPanel) -> None:
    """Both means are over the same samples, so their difference has an error of its own."""
    for value, good in ((-4.175, True), (-4.185, True), (-4.2, False), (-4.16, False)):
        figure = Figure(value=value, error=0.05, floor=Estimate(-4.18, 0.05), gap_error=0.003)
        panel.show_status(Status(figures={"likelihood": figure}))
        assert panel.floors["likelihood"].text().startswith("as good as") is good


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.54, "0.540"), (123.4, "123"), (1234.5, "1234"), (4.56e-5, "4.6e-5"),
     (-12345.0, "-1.2e4"), (999.7, "1000")],
)  # fmt: skip
def test_figures_have_three_digits(value: float, words: str) -> None:
    assert number(value) == words


def test_what_is_not_known_is_a_dash_with_its_reason(panel: MetricsPanel) -> None:
    panel.show_status(Status())
    assert {value.text() for value in panel.values.values()} == {NONE}
    assert "Not measured at this step" in panel.values["mmd"].toolTip()
    panel.show_status(Status(figures=FIGURES))
    assert panel.values["continuity"].text() == NONE
    assert "There is no exact field." in panel.values["continuity"].toolTip()
    panel.show_status(Status(figures={"mmd": Figure(value=float("nan"), note="odd")}))
    assert panel.values["mmd"].text() == NONE
    assert panel.values["sliced_w2"].text() == NONE  # it is of an earlier document


def test_names_for_who_cannot_see_it(panel: MetricsPanel) -> None:
    panel.show_status(Status(figures=FIGURES, by_time=by_time()))
    assert panel.values["sliced_w2"].accessibleName() == "sliced W₂: 0.30 ± 0.01"
    assert panel.floors["sliced_w2"].accessibleName() == "sliced W₂, fresh samples 0.100 ± 0.007"
    assert "3.00 times" in panel.bars["sliced_w2"].accessibleName()
    assert panel.causes.accessibleName() == "model error 4.0 %, integration error 1.0 %"
    assert "t 0 to 0.25: 1 ± 0.1" in panel.plot.drawing.accessibleDescription()
    for part in (panel.plot.which, panel.plot.drawing, panel.causes):
        assert part.accessibleName()


def test_a_ratio_s_bar_spans_one_to_a_hundred(qtbot: QtBot) -> None:
    lengths = []
    for ratio in (1.0, 3.0, 10.0, 100.0, 1e5):
        bar = RatioBar("x")
        bar.show_ratio(ratio)
        bar.resize(100, 13)
        qtbot.addWidget(bar)
        image = bar.grab().toImage()
        ink = DARK.exact if ratio < 2 else DARK.learned
        lengths.append(sum(n > 0 for n in columns(image, ink)))
    assert lengths[0] <= 2
    assert lengths[1] == pytest.approx(24, abs=1)
    assert lengths[2] == pytest.approx(50, abs=1)
    assert lengths[3] == lengths[4] == pytest.approx(100, abs=2)


def test_model_and_integration_error_stand_on_one_scale(qtbot: QtBot) -> None:
    bars = CauseBars(DARK)
    bars.show_figures(FIGURES["model"], FIGURES["integration"])
    image = picture(bars, qtbot)
    tall, short = max(columns(image, DARK.learned)), max(columns(image, DARK.source))
    assert tall == pytest.approx(4 * short, abs=3)
    bars.show_figures(Figure(note="Pairs are coupled."), FIGURES["integration"])
    assert "Pairs are coupled." in bars.toolTip()
    assert bars.accessibleName().startswith("model error –")
    assert max(columns(bars.grab().toImage(), DARK.learned)) == 0  # no bar, not a short one


def test_both_causes_are_read_and_copied(qtbot: QtBot) -> None:
    bars = CauseBars(DARK)
    qtbot.addWidget(bars)
    bars.show_figures(FIGURES["model"], Figure(note="Not known."))
    assert bars.table() == "cause\terror\nmodel error\t0.04\nintegration error\t\n"
    bars.readout.step(1)
    assert bars.readout.label.text() == "model error  4.0 %"
    bars.readout.step(1)
    assert bars.readout.label.text() == "integration error  –"


def test_the_errors_against_t_are_copied_with_their_stretches(qtbot: QtBot) -> None:
    plot = TimePlot(DARK)
    qtbot.addWidget(plot)
    plot.show_curves(by_time(2), "")
    assert plot.drawing.table() == (
        "t from\tt to\tLoss above its floor\tLoss above its floor, standard error\n"
        "0\t0.5\t1\t0.1\n0.5\t1\t2\t0.2\n"
    )


def test_the_plot_draws_a_bar_for_each_stretch_and_marks_t(qtbot: QtBot) -> None:
    plot = TimePlot(DARK)
    qtbot.addWidget(plot)
    plot.show_curves(by_time(), "")
    drawing = plot.drawing
    image = picture(drawing, qtbot)
    heights = columns(image, DARK.learned)
    box = drawing.box()
    found = [heights[int(box.left() + (i + 0.25) / 4 * box.width())] for i in range(4)]
    np.testing.assert_allclose(np.array(found) / found[3], [0.25, 0.5, 0.75, 1], atol=0.05)
    for t in (0.0, 0.61):
        plot.show_t(t)
        marked = columns(drawing.grab().toImage(), DARK.text)
        assert np.argmax(marked) == pytest.approx(box.left() + t * box.width(), abs=1)


def test_the_plot_shows_one_of_several_errors(qtbot: QtBot) -> None:
    plot = TimePlot(DARK)
    qtbot.addWidget(plot)
    plot.show_curves(by_time(), "")
    plot.which.setCurrentIndex(plot.which.findData("angle"))
    plot.which.activated.emit(plot.which.currentIndex())
    assert plot.drawing.stretch(0) == "t 0 to 0.25: 4 ± 0.1"
    assert plot.drawing.accessibleName().startswith("Angle error")


def test_the_plot_says_what_stands_under_the_cursor_and_why_it_is_empty(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, words, _of: said.append(words))
    drawing = TimePlot(DARK).drawing
    qtbot.addWidget(drawing.window())
    drawing.resize(222, drawing.height())

    def hover(x: float) -> None:
        place = QPoint(int(x), 40)
        QApplication.sendEvent(
            drawing.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, place, place)
        )

    hover(100)
    found = by_time()
    drawing.show_bars(found.edges, found.excess, found.excess_error)
    hover(drawing.box().right() - 5)
    assert said == [drawing.title, drawing.title]
    drawing.readout.show(drawing.reading(0.9))
    assert drawing.readout.label.text() == "t 0.75 to 1: 4 ± 0.4"
    hover(drawing.box().right() - 5)
    assert len(said) == 2  # the read-out says it
    plot = drawing.parentWidget()
    assert isinstance(plot, TimePlot)
    plot.show_curves(None, "No exact field: pairs are coupled.")
    assert drawing.invitation.startswith("No exact field")
    assert drawing.count == 0


def test_unknown_stretches_are_left_blank(qtbot: QtBot) -> None:
    found: Any = by_time()
    values = found.excess.copy()
    values[1] = np.nan
    drawing = TimePlot(DARK).drawing
    qtbot.addWidget(drawing.window())
    drawing.show_bars(found.edges, values, found.excess_error)
    heights = columns(picture(drawing, qtbot), DARK.learned)
    box = drawing.box()
    assert heights[int(box.left() + 1.25 / 4 * box.width())] == 0
    assert heights[int(box.left() + 2.25 / 4 * box.width())] > 0


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_nothing_is_clipped_in_the_panel(qapp: QApplication, qtbot: QtBot, theme: Theme) -> None:
    apply_theme(qapp, theme)
    right = RightPanel()
    qtbot.addWidget(right)
    right.set_theme(theme)
    right.resize(right.width(), 717)
    right.show()
    right.metrics_section.head.click()
    longest = {
        number: (-1.234e-4, 1.2e-5, Estimate(12345.6, 123.4)),
        percent: (1.234, 0.0123, Estimate(0.8876, 0.001)),
        whole: (0.9876, None, 1.0),
        degrees: (178.9, 0.123, 0.012),
    }
    figures = {key: Figure(value=longest[row.words][0], error=longest[row.words][1],
                           floor=longest[row.words][2], spread=1e9 if row.ratio else None, pairs=8)
               for key, row in ROWS.items()}  # fmt: skip
    right.metrics.show_status(Status(figures=figures, by_time=by_time()))
    panel = right.metrics.panel
    assert panel is not None
    qtbot.waitUntil(lambda: 100 < panel.width() < right.width() and panel.isVisible())
    for label in panel.findChildren(QLabel):
        assert label.sizeHint().width() <= label.width() + 1, label.text()
        assert label.mapTo(right, QPointF(label.width(), 0)).x() <= right.width() - 10
