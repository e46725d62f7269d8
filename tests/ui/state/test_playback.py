from __future__ import annotations

import pytest

from flowlab.ui.state.playback import REST, SECONDS, Playback
from tests.helpers.clocks import Clock


@pytest.fixture
def playback(qapp: object, clock: Clock) -> Playback:
    return Playback(clock=clock)


def run(playback: Playback, clock: Clock, seconds: float, dt: float = 0.05) -> None:
    for _ in range(round(seconds / dt)):
        clock.now += dt
        playback.tick()


def test_a_run_takes_its_seconds_at_any_frame_rate(playback: Playback, clock: Clock) -> None:
    playback.play()
    run(playback, clock, SECONDS / 2, dt=0.02)
    assert playback.t == pytest.approx(0.5)
    run(playback, clock, SECONDS / 4, dt=0.1)
    assert playback.t == pytest.approx(0.75)


def test_speed_and_direction_scale_the_motion(playback: Playback, clock: Clock) -> None:
    playback.seek(0.8)
    playback.set_speed(2.0)
    playback.reverse()
    playback.play()
    run(playback, clock, 1.0)
    assert playback.t == pytest.approx(0.8 - 2.0 / SECONDS)


def test_once_stops_at_the_end(playback: Playback, clock: Clock) -> None:
    playback.set_mode("once")
    playback.play()
    run(playback, clock, SECONDS + 1)
    assert playback.t == 1.0
    assert not playback.playing


def test_loop_rests_then_starts_again(playback: Playback, clock: Clock) -> None:
    playback.play()
    run(playback, clock, SECONDS + 0.05)
    assert playback.t == 1.0
    run(playback, clock, REST / 2)
    assert playback.t == 1.0
    run(playback, clock, REST / 2 + 0.5)
    assert 0 < playback.t < 0.3


def test_bounce_turns_round(playback: Playback, clock: Clock) -> None:
    playback.set_mode("bounce")
    playback.play()
    run(playback, clock, SECONDS + REST + 1.0)
    assert playback.direction == -1
    assert 0.5 < playback.t < 1.0


def test_seeking_keeps_the_play_state(playback: Playback) -> None:
    playback.play()
    playback.seek(0.4)
    assert playback.playing
    assert playback.t == 0.4


def test_steps_pause_and_stay_within_bounds(playback: Playback) -> None:
    playback.play()
    playback.step(0.01)
    assert not playback.playing
    assert playback.t == 0.01
    playback.step(-5)
    assert playback.t == 0.0


def test_play_at_the_end_begins_at_the_other_end(playback: Playback, clock: Clock) -> None:
    playback.set_mode("once")
    playback.seek(1.0)
    playback.play()
    assert playback.t == 0.0
    run(playback, clock, 0.1)
    assert playback.playing


def test_a_stall_does_not_jump(playback: Playback, clock: Clock) -> None:
    playback.play()
    clock.now += 30
    playback.tick()
    assert playback.t <= 0.1 / SECONDS + 1e-9
