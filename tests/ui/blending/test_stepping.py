"""The two operations of a chain by keys and buttons, with the equation in numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from flowlab.core.blending.results import chain_of
from flowlab.scene.blending.chain_state import position_at
from flowlab.ui.blending.chain_story import ChainStory
from flowlab.ui.blending.narration import narration
from flowlab.ui.room.equation import Blend, Equation, digits
from flowlab.ui.shell.workspace import Workspace
from tests.ui.blending.conftest import deliver, show
from tests.ui.blending.made import chain_bundle, tangent_bundle

N = 4


@pytest.fixture
def story(room: Workspace) -> ChainStory:
    deliver(room, chain_bundle(N, chains=5, followed=2))
    assert "blending" in room.opened
    made = room.opened["blending"].right.stories["chain"]
    assert isinstance(made, ChainStory)
    return made


def place(room: Workspace) -> tuple[float, bool]:
    return round(room.playback.t, 6), room.opened["blending"].stepper.deblended


def test_steps_deblend_and_blend_in_turn_and_back_again(room: Workspace, story: ChainStory) -> None:
    forwards = [place(room)]
    while story.onwards.isEnabled():
        room.step_time(1)
        forwards.append(place(room))
    wanted = [(k / N, pair) for k in range(N) for pair in (False, True)] + [(1.0, False)]
    assert forwards == wanted
    room.step_time(1)
    assert place(room) == (1.0, False)
    backwards = [place(room)]
    while story.back.isEnabled():
        room.step_time(-1)
        backwards.append(place(room))
    assert backwards == wanted[::-1]


def test_the_equation_holds_at_every_step_and_its_point_is_the_bead(
    room: Workspace, story: ChainStory
) -> None:
    bundle = room.canvas.bundle
    assert bundle is not None
    assert story.equation.blend is None  # at the start nothing was drawn
    for step in range(1, 2 * N + 1):
        room.step_time(1)
        blend = story.equation.blend
        assert blend is not None
        bead = bundle.points[step // 2, 2]
        np.testing.assert_allclose(blend.point, bead, atol=2e-6)
        pair = (step - 1) // 2  # drawn at this bead, or at the one before
        np.testing.assert_array_equal(blend.x0, chain_of(bundle).x0[pair, 2])  # type: ignore[union-attr]
        verb = "Deblended" if step % 2 else "Blended"
        assert story.sentence.text().startswith(verb)
        assert f"α = {step // 2 / N:.3g}" in story.sentence.text()


def test_buttons_say_what_comes_next(room: Workspace, story: ChainStory, qtbot: QtBot) -> None:
    assert (story.onwards.text(), story.back.isEnabled()) == ("Deblend", False)
    qtbot.mouseClick(story.onwards, Qt.MouseButton.LeftButton)
    assert (story.onwards.text(), place(room)) == ("Blend", (0.0, True))
    qtbot.mouseClick(story.onwards, Qt.MouseButton.LeftButton)
    assert place(room) == (0.25, False)
    qtbot.mouseClick(story.back, Qt.MouseButton.LeftButton)
    assert place(room) == (0.0, True)


def test_between_beads_a_step_arrives_at_the_next_or_goes_back_to_the_pair(
    room: Workspace, story: ChainStory, qtbot: QtBot
) -> None:
    room.playback.seek(0.6)
    qtbot.waitUntil(lambda: story.sentence.text().startswith("Blending"))
    assert "0.5" in story.sentence.text()
    blend = story.equation.blend
    assert blend is not None
    assert blend.alpha == pytest.approx(0.6)
    np.testing.assert_allclose(blend.point, room.canvas.bundle.at(0.6)[2], atol=2e-6)  # type: ignore[union-attr]
    room.step_time(-1)
    assert place(room) == (0.5, True)
    room.playback.seek(0.6)
    room.step_time(1)
    assert place(room) == (0.75, False)


def test_a_step_stops_playing_and_scrubbing_shows_beads_as_blended(
    room: Workspace, story: ChainStory, qtbot: QtBot
) -> None:
    room.playback.play()
    room.step_time(1)
    assert not room.playback.playing
    assert room.opened["blending"].stepper.deblended
    room.playback.seek(0.5)
    assert not room.opened["blending"].stepper.deblended
    qtbot.waitUntil(lambda: story.sentence.text().startswith("Blended at α = 0.5"))


def test_elsewhere_a_step_is_one_of_t(room: Workspace) -> None:
    show(room, "tangent_field")
    deliver(room, tangent_bundle())
    room.step_time(1)
    assert room.playback.t == pytest.approx(0.01)
    show(room, "trajectories")
    room.step_time(1)
    assert room.playback.t == pytest.approx(0.02)


def test_a_click_on_a_particle_follows_its_chain(room: Workspace, qtbot: QtBot) -> None:
    bundle = chain_bundle(N, chains=5, followed=2)
    deliver(room, bundle)
    canvas = room.canvas
    far = int(np.argmax(bundle.at(0.0)[:, 0]))
    x, y = canvas.current_camera().to_screen(
        bundle.at(0.0)[far : far + 1], canvas.width(), canvas.height()
    )[0]
    at = QPoint(round(float(x)), round(float(y)))
    qtbot.mouseMove(canvas, at)
    qtbot.waitUntil(lambda: canvas.hover == far)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    assert room.store.document.blending.followed == far
    assert canvas.pins == ()
    room.store.stack.undo()
    assert room.store.document.blending.followed == 0
    story = room.opened["blending"].right.stories["chain"]
    assert story.whose.text() == "Followed chain 2 · click another"  # type: ignore[attr-defined]


def test_a_chain_that_gave_up_is_said_to_have(
    room: Workspace, story: ChainStory, qtbot: QtBot
) -> None:
    whole = chain_bundle(N, chains=1)
    chain = chain_of(whole)
    assert chain is not None
    x0, points = chain.x0.copy(), np.array(whole.points)
    x0[2:], points[3:] = np.nan, np.nan
    deliver(room, replace(whole, points=points, extra=replace(chain, x0=x0, unfinished=1)))
    room.playback.seek(0.75)
    qtbot.waitUntil(lambda: "gave up at α = 0.5" in story.sentence.text())
    assert story.equation.blend is None
    assert "1 gave up" in room.canvas.caption


def test_a_tale_knows_both_ends() -> None:
    bundle = chain_bundle(1, chains=1)
    start = narration(bundle, 0.0, position_at(bundle.times, 0.0, False))
    end = narration(bundle, 1.0, position_at(bundle.times, 1.0, False))
    assert (start.first, start.last, end.first, end.last) == (True, False, False, True)
    assert end.blend is not None
    np.testing.assert_allclose(end.blend.point, bundle.points[1, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("value", "words"), [(-1.5, "−1.50"), (-0.001, "0.00"), (12.34, "12.3"), (np.nan, "–")]
)
def test_numbers_are_short_and_have_a_real_minus(value: float, words: str) -> None:
    assert digits(value) == words


def test_the_equation_is_told_in_words_too(qtbot: QtBot) -> None:
    equation = Equation()
    qtbot.addWidget(equation)
    equation.show_blend(Blend(0.25, (1.0, 0.0), (-1.0, 2.0)))
    words = "(0.50, 0.50) = 0.750 (1.00, 0.00) + 0.250 (−1.00, 2.00)"
    assert equation.accessibleName().endswith(words)
    assert not equation.grab().isNull()
