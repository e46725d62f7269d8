"""As many particles follow the hand as are carried in time."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.work.pace import COUNTS, FRAME, Pace

DOCUMENT = Document(view=View(name="processes"))


def test_on_a_fast_machine_there_are_as_many_as_ever() -> None:
    pace, counts = Pace(), list[int]()
    for _ in range(6):
        counts.append(pace.count(DOCUMENT))
        pace.learn(DOCUMENT, 1e-6 * counts[-1])
    assert counts == [250, 350, 500, 700, 1000, 1000] == [*COUNTS[2:], 1000]


def test_one_late_picture_changes_nothing_and_three_do() -> None:
    pace = Pace()
    for seconds in (10 * FRAME, 0.8 * FRAME, 10 * FRAME, 10 * FRAME):
        assert pace.count(DOCUMENT) == 250
        pace.learn(DOCUMENT, seconds)
    pace.learn(DOCUMENT, 10 * FRAME)
    assert pace.count(DOCUMENT) == 180
    for _ in range(9):
        pace.learn(DOCUMENT, 10 * FRAME)
    assert pace.count(DOCUMENT) == 125  # and no fewer


def test_a_number_that_comes_in_time_stays() -> None:
    """Neither in time for the next number nor late for this: none goes back and forth."""
    pace = Pace()
    for _ in range(9):
        pace.learn(DOCUMENT, 2.4e-3 * pace.count(DOCUMENT) * FRAME)
    assert pace.count(DOCUMENT) == 350
    for _ in range(9):
        pace.learn(DOCUMENT, 1.15 * FRAME)
    assert pace.count(DOCUMENT) == 350


def test_another_amount_of_work_begins_anew_and_another_level_of_noise_does_not() -> None:
    pace = Pace()
    pace.learn(DOCUMENT, 1e-6)
    louder = replace(DOCUMENT, stochastic=replace(DOCUMENT.stochastic, eps=0.3))
    assert pace.count(louder) == 350
    assert pace.count(replace(DOCUMENT, stochastic=replace(louder.stochastic, steps=40))) == 250
