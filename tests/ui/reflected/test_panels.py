"""The reflected room's panels: figures at t, and why some settings can't be changed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.reflected.heat_results import heat_maps_of
from flowlab.core.reflected.outlines import OUTLINES
from flowlab.core.reflected.outside import Outside, OutsideQuery
from flowlab.core.reflected.results import motion_of, ways_of
from flowlab.core.views.registry import room_named
from flowlab.ui.reflected.captions import caption, stopped_words
from flowlab.ui.reflected.control_table import CONTROLS
from flowlab.ui.reflected.controls import DRAWN, NO_POINT, ONLY_RECTANGLE, WallControls
from flowlab.ui.reflected.heat_story import HeatStory, TonesStory, error_curves
from flowlab.ui.reflected.motion_story import MotionStory, hit_curves, push_curves, rooms_words
from flowlab.ui.reflected.outside_watch import OutsideWatch
from flowlab.ui.reflected.panels import STORIES
from flowlab.ui.reflected.slow_story import SlowStory
from flowlab.ui.reflected.wall_buttons import NO_FIT, OutsideRow
from flowlab.ui.reflected.ways_story import UNKNOWN, WaysStory
from flowlab.ui.room.captions import COMING
from flowlab.ui.room.figures import NONE
from flowlab.work.queries import Answer
from flowlab.work.status import Status
from tests.helpers.between_walls import between_walls, bundle_of
from tests.helpers.events import settle
from tests.helpers.links import Link
from tests.helpers.wall_room import WallRoom

ROWS = {row.name for row in room_named("reflected").views}


def test_every_view_has_controls_and_a_story() -> None:
    assert CONTROLS.keys() == STORIES.keys() == ROWS


def test_the_walls_push_is_shown_at_t(qtbot: QtBot) -> None:
    story, bundle = MotionStory(), bundle_of(between_walls(n=500))
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    story.show_t(0.0)
    known = motion_of(bundle)
    assert known is not None
    assert float(story.figures.values["sigma"].text()) == pytest.approx(7.5, abs=1e-3)
    assert story.figures.values["uniform"].text() == f"{known.uniform_push(0.0):.3f}"
    story.show_t(1.0)
    assert story.figures.values["sigma"].text() == "0.000"
    pushed, uniform = push_curves(known)[1], push_curves(known)[0]
    assert pushed.xs[0] == pushed.ys[0] == 0.0
    assert pushed.ys[-1] == pytest.approx(uniform.ys[-1], rel=0.1)
    assert hit_curves(known, 0.0)[0].ys.any()
    assert not hit_curves(known, 1.0)[0].ys.any()


def test_figures_of_another_view_don_t_stay(qtbot: QtBot) -> None:
    pairs = (
        (MotionStory(), "ways_to_stay"),
        (WaysStory(), "reflected_motion"),
        (WaysStory(), "guidance_in_walls"),
    )
    for story, view in pairs:
        qtbot.addWidget(story)
        own = "reflected_motion" if isinstance(story, MotionStory) else "ways_to_stay"
        story.show_bundle(bundle_of(between_walls(own)))
        story.show_bundle(bundle_of(between_walls(view, reverse_steps=8, flow_steps=8, width=9.0)))
        figures = story.figures if isinstance(story, MotionStory) else story.shares
        assert {label.text() for label in figures.values.values()} == {NONE}


def test_the_ways_shares_and_what_is_expected(qtbot: QtBot) -> None:
    story, bundle = WaysStory(), bundle_of(between_walls("ways_to_stay", n=2000, sigma_max=0.5))
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    story.show_t(0.0)
    known = ways_of(bundle)
    assert known is not None
    share = f"{100 * known.ways[1].on_walls[0]:.2f} %"
    assert story.shares.values["project_on_walls"].text() == share
    assert story.shares.values["reflect_on_walls"].text() == "0.00 %"
    assert story.expected.values["expected"].text().endswith("%")
    disc = bundle_of(between_walls("ways_to_stay", walls="disc"))
    story.show_bundle(disc)
    assert story.expected.values["expected"].text() == NONE
    assert story.unknown.text() == UNKNOWN


def test_settings_without_effect_are_off_and_say_why(qtbot: QtBot) -> None:
    made = WallControls(between_walls())
    qtbot.addWidget(made)
    settle()
    made.walls.build(), made.noise.build()
    assert ONLY_RECTANGLE in made.walls.row("height").toolTip()
    assert NO_POINT in made.noise.row("start_x").toolTip()
    assert made.walls.row("width").isEnabled()
    made.show_document(between_walls(walls="drawn", start="point"))
    assert DRAWN in made.walls.row("width").toolTip()
    assert not made.walls.row("width").isEnabled()
    assert made.noise.row("start_x").isEnabled()


def test_captions_say_what_is_drawn() -> None:
    document = between_walls(n=200)
    assert caption(document, bundle_of(document)) == (
        "200 particles · square walls · from the uniform law · Brownian motion, 20 steps"
    )
    assert caption(document, bundle_of(between_walls("ways_to_stay"))) == COMING
    clipped = between_walls(start="target", clip=True)
    assert caption(clipped, bundle_of(clipped)).endswith("target clipped to the walls")


def test_the_kernel_s_errors_are_those_at_t(qtbot: QtBot) -> None:
    story, bundle = HeatStory(), bundle_of(between_walls("heat_kernel"))
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    story.show_t(1.0)
    assert story.figures.values["sigma"].text() == "0.05"
    assert story.figures.values["images"].text() == "less than 10⁻¹²"
    images, harmonics = error_curves(heat_maps_of(bundle))
    assert (np.diff(images.xs) > 0).all()
    assert np.nanmax(harmonics.ys) > 0.1
    story.show_bundle(bundle_of(between_walls()))
    assert {label.text() for label in story.figures.values.values()} == {NONE}


def test_the_slowest_tone_says_when_it_is_halved(qtbot: QtBot) -> None:
    story, bundle = TonesStory(), bundle_of(between_walls("wall_tones"))
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    rate = (math.pi / 5) ** 2
    assert float(story.figures.values["first"].text()) == pytest.approx(rate, rel=1e-3)
    half = math.sqrt(2 * math.log(2) / rate)
    assert float(story.figures.values["half"].text()) == pytest.approx(half, rel=1e-2)


def test_a_step_s_numbers_add_up(qtbot: QtBot) -> None:
    story, bundle = (
        SlowStory(),
        bundle_of(between_walls("step_in_walls", width=9.0, start="target")),
    )
    qtbot.addWidget(story)
    story.show_bundle(bundle)
    story.show_t(0.5)
    words = {key: label.text() for key, label in story.numbers.values.items()}
    assert words["step"] == "6 of 12"  # which ends there
    mean, noise, free = (_pair(words[key]) for key in ("used", "noise", "free"))
    assert np.allclose(mean + noise, free, atol=0.011)
    story.show_particle(2)
    assert story.numbers.values["x"].text() != words["x"]
    assert "refl(" in story.equation.text()


def _pair(words: str) -> np.ndarray:
    return np.array([float(each) for each in words.strip("()").replace("−", "-").split(", ")])


def test_what_lies_outside_is_said_with_what_can_be_done(qtbot: QtBot) -> None:
    room = WallRoom(qtbot, between_walls(n=20))
    room.change(start="target", width=6.0)
    outside = Outside(0.0315, replace(room.settings, width=8.2))
    query = OutsideQuery(room.store.document.target, room.settings, room.store.document.seed)
    row = room.panels.left.controls["reflected_motion"].outside  # type: ignore[attr-defined]
    assert row.isHidden()
    room.link.answer = lambda *_: Answer(1, query, outside)  # type: ignore[method-assign]
    room.panels.show_status(Status(), False)
    assert row.words.text() == "3.1 % of the target lies outside the walls."
    row.clip_button.click()
    assert room.settings.clip
    room.store.undo()
    room.panels.show_status(Status(), False)
    row.fit_button.click()
    assert room.settings.width == 8.2
    assert room.settings.start == "target"
    room.panels.show_status(Status(), False)
    assert row.isHidden()  # the answer is of other walls


def test_walls_that_can_t_hold_the_target_are_not_fitted(qtbot: QtBot) -> None:
    row = OutsideRow()
    qtbot.addWidget(row)
    row.show_answer(Outside(0.5), clipped=True)
    assert not row.fit_button.isEnabled()
    assert row.fit_button.toolTip() == NO_FIT
    assert row.clip_button.isHidden()
    assert "cut off" in row.words.text()


def test_the_share_is_asked_for_once_the_walls_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    link, now = Link(), [0.0]
    monkeypatch.setattr("flowlab.ui.reflected.outside_watch.time.perf_counter", lambda: now[0])
    watch = OutsideWatch(link)  # type: ignore[arg-type]
    watch.show_document(between_walls(start="target"))
    assert watch.tick() is None
    assert not link.heard
    now[0] = 1.0
    watch.tick(), watch.tick()
    assert link.heard == ["OutsideQuery"]
    watch.show_document(between_walls(start="uniform"))
    now[0] = 2.0
    assert watch.tick() is None
    assert link.heard == ["OutsideQuery"]


def test_the_mass_of_rooms_is_told(qtbot: QtBot) -> None:
    rings = OUTLINES["apart"].rings
    motion = motion_of(bundle_of(between_walls(n=300, walls="drawn", outline=rings)))
    assert motion is not None
    one, two = motion.in_rooms(0.5)
    words = rooms_words(motion, 0.5)
    assert f"Room 1: {100 * one:.1f} %, room 2: {100 * two:.1f} %; the same at every t" in words
    story = MotionStory()
    qtbot.addWidget(story)
    story.show_bundle(bundle_of(between_walls(n=50)))
    assert story.rooms.text() == ""


def test_walls_that_leave_the_picture_are_brought_back(qtbot: QtBot) -> None:
    room = WallRoom(qtbot, between_walls(n=20))
    room.change(width=20.0)
    room.show_picture()
    seen = room.canvas.current_camera().visible(room.canvas.width(), room.canvas.height())
    assert seen[3] > 10.0
    camera = room.canvas.current_camera()
    room.change(width=19.0)
    room.show_picture()
    assert room.canvas.current_camera() == camera  # it doesn't follow every change


def test_the_point_stays_between_walls_that_a_slider_shrinks(qtbot: QtBot) -> None:
    room = WallRoom(qtbot, between_walls(n=20, start="point", start_x=2.0))
    controls = room.panels.left.controls["reflected_motion"]
    controls.take("reflected", replace(room.settings, width=1.0))
    assert room.settings.start_x == pytest.approx(0.5, abs=1e-3)


def test_the_source_is_asked_about_where_the_view_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("flowlab.ui.reflected.outside_watch.time.perf_counter", lambda: now[0])
    asked = []
    for view, source in (("flow_between_walls", True), ("wall_likelihood", False)):
        link, document = Link(), between_walls(view, start="target")
        monkeypatch.setattr(link, "ask", asked.append, raising=False)
        watch = OutsideWatch(link)  # type: ignore[arg-type]
        watch.show_document(document)
        now[0] += 1.0
        watch.tick()
        assert asked[-1].source == (document.source if source else None)


def test_steps_that_had_too_many_walls_to_meet_are_told() -> None:
    """A crack so narrow that one step would meet 25,000 walls."""
    crack = (((0.0, 0.0), (4.0, 0.0), (4.0, 0.0008), (0.0, 0.0008)),)
    known = {"walls": "drawn", "outline": crack, "steps": 1, "sigma_max": 5.0}
    document = between_walls(n=12, **known)
    bundle = bundle_of(document)
    motion = motion_of(bundle)
    assert motion is not None
    assert 3 <= motion.stopped <= 12
    words = f"{motion.stopped} steps stopped after 10,000 bounces"
    assert words in caption(document, bundle)
    ways = between_walls("ways_to_stay", n=12, **known)
    assert "stopped after 10,000 bounces" in caption(ways, bundle_of(ways))
    assert stopped_words(0) == []
    assert stopped_words(1) == ["1 step stopped after 10,000 bounces"]
