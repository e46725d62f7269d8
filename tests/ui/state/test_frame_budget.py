"""The schedule of ticks and the record of each frame."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.ui.state.frame_budget import FRAME, Cost, FrameBudget
from flowlab.ui.state.playback import Playback
from tests.helpers.clocks import Clock


def test_lateness_is_against_a_schedule_that_late_ticks_do_not_move(clock: Clock) -> None:
    budget, due = FrameBudget(clock), 100.0
    for late in (0.0, 0.004, 0.001, 0.0, 0.009):
        clock.now = due + late
        due = budget.begin(due)
    assert [cost.late for cost in budget.costs] == pytest.approx([0, 0.004, 0.001, 0, 0.009])
    assert due == pytest.approx(100.0 + 5 * FRAME)
    assert budget.figures().missed == 0


def test_slots_that_pass_during_a_stall_are_missed_and_the_next_one_is_ahead(clock: Clock) -> None:
    budget = FrameBudget(clock)
    clock.now = 100.0 + 3.5 * FRAME
    due = budget.begin(100.0)
    assert budget.costs[-1].late == pytest.approx(3.5 * FRAME)
    assert budget.figures().missed == 3
    assert due == pytest.approx(100.0 + 4 * FRAME)


def test_a_tick_before_its_time_is_not_ticked_again(clock: Clock) -> None:
    budget = FrameBudget(clock)
    clock.now = 100.0 - 4e-4
    assert budget.begin(100.0) == pytest.approx(100.0 + FRAME)
    assert budget.costs[-1].late == pytest.approx(-4e-4)


def test_work_canvas_and_the_rest_make_up_the_total(clock: Clock) -> None:
    budget = FrameBudget(clock)
    budget.begin(clock.now)
    clock.now += 0.003
    budget.end()
    budget.painted(0.005)
    budget.shown(0.007)
    cost = budget.costs[-1]
    assert (cost.work, cost.paint, cost.rest) == pytest.approx((0.003, 0.005, 0.002))
    assert cost.total == pytest.approx(0.010)
    assert budget.figures().total == pytest.approx(10.0)


def test_figures_are_the_quantiles_of_the_latest_seconds(clock: Clock) -> None:
    budget, late = FrameBudget(clock), np.random.default_rng(0).exponential(2e-3, 300)
    budget.costs.extend(Cost(100.0 + i * FRAME, x, work=x, paint=1e-3) for i, x in enumerate(late))
    clock.now = 100.0 + 300 * FRAME
    recent = late[-120:]
    found = budget.figures(2.0 + FRAME / 2)
    for name, share in (("late_p50", 0.5), ("late_p99", 0.99), ("late_max", 1.0)):
        wanted = 1e3 * np.quantile(recent, share, method="inverted_cdf")
        assert getattr(found, name) == pytest.approx(wanted)
    middle = np.quantile(recent, 0.5, method="inverted_cdf")
    assert found.work == pytest.approx(1e3 * middle)
    assert found.frames_per_second == pytest.approx(60.0)


def test_nothing_to_sum_up_is_told_as_zero() -> None:
    assert FrameBudget().figures().frames_per_second == 0.0
    assert math.isfinite(FrameBudget().figures(1.0).late_max)


def test_the_sleep_of_a_tick_is_its_work(qapp: object, qtbot: QtBot) -> None:
    playback = Playback()
    playback.ticked.connect(lambda _: time.sleep(0.005))
    playback.start()
    qtbot.waitUntil(lambda: len(playback.budget.costs) >= 5)
    playback.stop()
    assert all(cost.work >= 0.005 for cost in playback.budget.costs)
    assert all(cost.paint == 0.0 for cost in playback.budget.costs)


def test_the_clock_ticks_on_the_slots_of_its_schedule(qapp: object, qtbot: QtBot) -> None:
    playback = Playback()
    playback.start()
    first = playback._due
    qtbot.waitUntil(lambda: len(playback.budget.costs) >= 20)
    playback.stop()
    slots = [(cost.begun - cost.late - first) / FRAME for cost in playback.budget.costs]
    assert slots == pytest.approx(np.round(slots), abs=1e-6)
    assert np.all(np.diff(slots) > 0.5)
