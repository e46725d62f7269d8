"""Training time as a second axis: its slider, its keys, the pin, and two pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.canvas.pair import Pair
from flowlab.ui.room.training_slider import MARGIN, TrainingSlider
from flowlab.ui.shell import look_back
from flowlab.ui.shell.look_back import LookBack, Timeline, places
from flowlab.ui.shell.time_bar import TimeBar
from flowlab.ui.state.playback import Playback
from flowlab.work.status import Status

LEFT = Qt.MouseButton.LeftButton
KEPT = (0, 1, 2, 4, 8, 16, 24, 32, 40, 400, 4000)
LINE = Timeline(stored=KEPT, newest=12_000)


def bundle(step: int, x: float = 0.0) -> Bundle:
    start = np.array([[x, -1], [x + 2, 1]], np.float32)
    points = np.stack([start, start + np.array([0, 3], np.float32)])
    return Bundle(times=np.array([0, 1], np.float32), points=points, step=step)


class Link:
    """The part of an engine's link that the workspace uses, with nothing behind it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int | None]] = []
        self.pinned: Bundle | None = None
        self.engine = SimpleNamespace(
            look_back=lambda step: self.heard.append(("look_back", step)),
            pin=lambda step: self.heard.append(("pin", step)),
            pinned=lambda: self.pinned,
        )

    def call(self, action: Callable[[Any], Any]) -> None:
        action(self.engine)


@pytest.fixture
def canvas(qtbot: QtBot) -> CanvasView:
    made = CanvasView()
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    return made


@pytest.fixture
def moments(canvas: CanvasView) -> LookBack:
    made = LookBack(Link(), canvas)  # type: ignore[arg-type]
    made.show_status(Status(steps_kept=KEPT, step=12_000))
    canvas.show_bundle(bundle(12_000))
    return made


def heard(moments: LookBack) -> list[tuple[str, int | None]]:
    return moments.link.heard  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def slider(qtbot: QtBot) -> TrainingSlider:
    made = TrainingSlider()
    qtbot.addWidget(made)
    made.resize(700, 22)
    made.show_line(LINE)
    made.show()
    return made


def place(slider: TrainingSlider, moment: int | None) -> QPoint:
    return QPoint(round(slider.x_of(moment)), slider.height() // 2)


def test_the_scale_runs_from_untrained_to_now_and_widens_the_beginning(
    slider: TrainingSlider,
) -> None:
    assert slider.x_of(0) == MARGIN
    assert slider.x_of(None) == slider.x_of(12_000) == slider.width() - MARGIN
    columns = [slider.x_of(step) for step in KEPT]
    assert columns == sorted(columns)
    share = (slider.x_of(40) - MARGIN) / (slider.width() - 2 * MARGIN)
    assert 0.15 < share < 0.35  # of training, 40 steps in 12,000 are the three hundredth part


def test_dragging_visits_the_moments_that_are_kept(slider: TrainingSlider, qtbot: QtBot) -> None:
    sought: list[int | None] = []
    slider.sought.connect(sought.append)
    qtbot.mousePress(slider, LEFT, pos=place(slider, 40) + QPoint(3, 0))
    for step in (24, 400, None):
        qtbot.mouseMove(slider, place(slider, step))
    qtbot.mouseRelease(slider, LEFT, pos=place(slider, None))
    assert sought == [40, 24, 400, None]
    qtbot.mouseDClick(slider, LEFT, pos=place(slider, 8))
    assert sought[-1] is None


def test_where_there_is_nothing_earlier_there_is_nothing_to_drag(slider: TrainingSlider) -> None:
    assert slider.isEnabled()
    slider.show_line(Timeline(stored=(0,), newest=0))
    assert not slider.isEnabled()
    assert "Train" in slider.toolTip()


def test_the_scale_begins_at_the_first_moment_that_is_stored(slider: TrainingSlider) -> None:
    steps = (12_000, 12_288, *range(13_312, 24_000, 1024))  # a preset that was trained on
    slider.show_line(Timeline(stored=steps, newest=24_000))
    assert slider.x_of(12_000) == MARGIN
    assert slider.x_of(None) == slider.width() - MARGIN
    track = range(MARGIN, slider.width() - MARGIN)
    found = [slider.moment_at(x) for x in track]
    assert set(found) == {*steps, None}
    assert max(found.count(moment) for moment in set(found)) < len(track) / 5  # 2/13 where even
    assert "step 12,000" in slider.toolTip()


@pytest.mark.parametrize("first", [0, 7, 12_000])
def test_two_moments_share_the_whole_track(slider: TrainingSlider, first: int) -> None:
    slider.show_line(Timeline(stored=(first,), newest=first + 5))
    middle = slider.width() / 2
    assert [slider.moment_at(x) for x in (0, middle - 40, middle + 40)] == [first, first, None]


def test_nothing_is_said_before_the_first_status(canvas: CanvasView) -> None:
    moments = LookBack(Link(), canvas)  # type: ignore[arg-type]
    assert moments.line.words == ""
    moments.show_status(Status())
    assert moments.line.words == "untrained"


def test_the_picture_of_the_slider_tells_where_one_looks(slider: TrainingSlider) -> None:
    def column() -> np.ndarray:
        image = slider.grab().toImage()
        middle = image.height() // 2
        return np.array([image.pixel(x, middle) for x in range(image.width())])

    now = column()
    slider.show_line(Timeline(stored=KEPT, newest=12_000, step=40))
    back = column()
    x = round(slider.x_of(40))
    assert back[x] != now[x]
    assert back[-MARGIN - 2] != now[-MARGIN - 2]


def test_words_say_what_is_seen() -> None:
    assert LINE.words == "step 12,000 (now)"
    assert Timeline(stored=KEPT, newest=12_000, step=40).words == "step 40 of 12,000"
    assert Timeline(stored=(0,)).words == "untrained"
    assert places(Timeline(stored=(0, 1, 2), newest=2)) == [0, 1, None]


def test_keys_step_from_moment_to_moment_and_stop_at_the_ends(moments: LookBack) -> None:
    seen: list[int | None] = []
    moments.changed.connect(lambda line: seen.append(line.step))
    for by in (-1, -1, 1, 1, 1):
        moments.move(by)
    assert seen == [4000, 400, 4000, None]
    moments.to_first()
    moments.move(-1)
    assert moments.line.step == 0
    moments.look(30)  # no longer stored
    moments.move(-1)
    assert moments.line.step == 24


def test_the_engine_is_told_the_newest_wish_of_a_frame(moments: LookBack) -> None:
    moments._sent_at = float("inf")  # as if a request had just been sent
    for step in (8, 16, 40):
        moments.look(step)
    assert heard(moments) == []
    moments.tick()
    moments.tick()
    assert heard(moments) == [("look_back", 40)]


def test_now_follows_the_training_and_a_moment_stays(moments: LookBack) -> None:
    moments.show_status(Status(steps_kept=KEPT, step=13_000))
    assert moments.line.words == "step 13,000 (now)"
    moments.look(40)
    moments.show_status(Status(steps_kept=KEPT, step=14_000))
    assert moments.line.words == "step 40 of 14,000"


def test_a_pin_keeps_the_moment_seen_and_lets_go(moments: LookBack, canvas: CanvasView) -> None:
    canvas.show_bundle(bundle(40))
    moments.look(40)
    moments.toggle_pin()
    assert heard(moments)[-1] == ("pin", 40)
    moments.tick()
    assert canvas.pair.bundle is canvas.bundle  # until its own picture comes
    moments.link.pinned = bundle(40)  # type: ignore[attr-defined]
    moments.look(None)
    canvas.show_bundle(bundle(12_345))
    moments.tick()
    assert canvas.pair.bundle is moments.link.pinned  # type: ignore[attr-defined]
    assert canvas.frame().titles == ("step 40", "step 12,345 (now)")
    moments.toggle_pin()
    moments.tick()
    assert heard(moments)[-1] == ("pin", None)
    assert canvas.frame().beside is None


def test_the_bar_shows_step_now_and_pin(qtbot: QtBot) -> None:
    bar = TimeBar(Playback())
    qtbot.addWidget(bar)
    row = bar.training
    sought: list[int | None] = []
    pins: list[bool] = []
    row.sought.connect(sought.append)
    row.pin_clicked.connect(lambda: pins.append(True))
    assert not row.now.isEnabled()
    row.show_line(Timeline(stored=KEPT, newest=12_000, step=40, pinned=8))
    assert row.words.text() == "step 40 of 12,000"
    assert row.pin.isChecked()
    qtbot.mouseClick(row.now, LEFT)
    qtbot.mouseClick(row.pin, LEFT)
    assert (sought, pins) == ([None], [True])


def test_both_sliders_are_one_above_the_other(qtbot: QtBot) -> None:
    bar = TimeBar(Playback())
    qtbot.addWidget(bar)
    bar.resize(1280, bar.sizeHint().height())
    bar.show()
    t, training = bar.slider.geometry(), bar.training.slider.geometry()
    assert (t.left(), t.right()) == (training.left(), training.right())
    assert bar.sizeHint().height() < 84
    assert bar.training.words.width() > bar.fontMetrics().horizontalAdvance("step 1,000 of 99,999")


@pytest.mark.parametrize("half", [0, 1])
def test_hovering_finds_the_particle_of_the_picture_pointed_at(
    canvas: CanvasView, qtbot: QtBot, half: int
) -> None:
    pictures = bundle(40), bundle(12_000, x=-0.5)
    canvas.show_document(Document(view=View(show_paths=True, highlighted=0)))
    canvas.show_bundle(pictures[1], bend=False)
    canvas.show_beside(pictures[0], ("step 40", "now"))
    camera = canvas.current_camera()
    x, y = camera.to_screen(pictures[half].at(0.0)[1:], 300, 500)[0].tolist()
    qtbot.mouseMove(canvas, QPoint(round(x) + 300 * half, round(y)))
    assert canvas.hover == 1
    canvas.hover = None
    qtbot.mouseMove(canvas, QPoint(round(x) + 300 * (1 - half), round(y)))
    assert canvas.hover != 1


def test_a_drag_that_leaves_its_picture_goes_on_in_it(canvas: CanvasView, qtbot: QtBot) -> None:
    canvas.show_bundle(bundle(12_000), bend=False)
    canvas.show_beside(bundle(40), ("", ""))
    before = canvas.current_camera()
    qtbot.mousePress(canvas, LEFT, pos=QPoint(280, 60))
    for x in (290, 310, 340):
        qtbot.mouseMove(canvas, QPoint(x, 60))
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(340, 60))
    scale = 2 * before.half_height / canvas.height()
    moved = (before.centre_x - canvas.current_camera().centre_x) / scale
    assert moved == pytest.approx(60, abs=1e-3)


def test_one_picture_is_the_whole_canvas() -> None:
    pair = Pair()
    assert pair.width(601) == 601
    assert pair.local(QPointF(500, 5), 601, held=False) == QPointF(500, 5)
    assert pair.show(bundle(1), ("", ""))
    assert pair.width(601) == 300
    assert pair.local(QPointF(500, 5), 601, held=False) == QPointF(200, 5)
    assert pair.local(QPointF(100, 5), 601, held=True) == QPointF(-200, 5)


def test_what_is_seen_when_it_is_pinned_stands_beside_at_once(
    moments: LookBack, canvas: CanvasView
) -> None:
    """A million particles took 20 s to be carried a second time."""
    seen = canvas.bundle
    moments.toggle_pin()
    moments.tick()
    assert canvas.pair.bundle is seen
    assert canvas.pair.titles == ("step 12,000", "step 12,000 (now)")
    few = replace(bundle(12_000), points=bundle(12_000).points[:, :1])
    moments.link.pinned = few  # type: ignore[attr-defined]
    moments.tick()
    assert canvas.pair.bundle is seen  # which has more particles
    carried = moments.link.pinned = bundle(12_000)  # type: ignore[attr-defined]
    moments.tick()
    assert canvas.pair.bundle is carried


def test_a_pinned_moment_that_is_awaited_is_named(
    moments: LookBack, canvas: CanvasView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_back, "LATE", 0.0)
    moments.toggle_pin()
    canvas.show_document(canvas.document.with_parts(seed=7))  # other particles
    moments.tick()
    assert canvas.pair.bundle is not None
    assert canvas.pair.bundle.count == 0
    assert canvas.pair.titles == ("step 12,000, on its way …", "step 12,000 (now)")
    few = moments.link.pinned = bundle(12_000)  # type: ignore[attr-defined]
    moments.tick()
    assert (canvas.pair.bundle, canvas.pair.titles[0]) == (few, "step 12,000")
