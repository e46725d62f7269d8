"""Reading curves: what counts as reached, as a relapse, as linear."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.bench.curves import first_time, marks, median_or_none, slope, worst_relapse

SECONDS = [1.0, 2.0, 3.0, 4.0, 5.0]


def test_first_time_needs_two_checkpoints_in_a_row() -> None:
    assert first_time(SECONDS, [9, 1, 9, 1, 1], 2.0) == 4.0


def test_a_last_lucky_snapshot_does_not_count() -> None:
    assert first_time(SECONDS, [9, 9, 9, 9, 1], 2.0) is None


def test_first_time_of_a_falling_curve_is_the_crossing() -> None:
    assert first_time(SECONDS, [5, 4, 3, 2, 1], 3.0) == 3.0
    assert first_time(SECONDS, [math.nan, math.inf, 1, 1, 1], 3.0) == 3.0
    assert first_time([], [], 1.0) is None


@given(st.lists(st.floats(0, 10), min_size=2, max_size=20), st.floats(0, 10), st.floats(0, 10))
def test_a_looser_bound_is_reached_no_later(values: list[float], a: float, b: float) -> None:
    seconds = list(range(len(values)))
    tight, loose = (first_time(seconds, values, bound) for bound in sorted((a, b)))
    assert tight is None or (loose is not None and loose <= tight)


def test_relapse_counts_only_below_twice_the_floor() -> None:
    assert worst_relapse([5, 3, 4, 1.5, 1.8, 1.2, 1.4]) == pytest.approx(max(1.8 / 1.5, 1.4 / 1.2))
    assert worst_relapse([5, 9, 3]) is None
    assert worst_relapse([1.9, 1.0, 0.8]) == pytest.approx(0.8)  # never worse than the best before


def test_marks_are_geometric_and_end_at_the_last() -> None:
    found = marks(0.05, 4.0, 1.25)
    assert (found[0], found[-1]) == pytest.approx((0.05, 4.0))
    ratios = np.diff(np.log(found))
    assert np.allclose(ratios, ratios[0])
    assert math.exp(ratios[0]) == pytest.approx(1.25, rel=0.02)
    assert marks(2.0, 2.0, 1.25) == [2.0]


def test_median_counts_none_as_longest() -> None:
    assert median_or_none([1.0, None, 2.0]) == 2.0
    assert median_or_none([None, None, 2.0]) is None
    assert median_or_none([]) is None


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_slope_is_the_power(power: float) -> None:
    x = [1e3, 1e4, 1e5]
    assert slope(x, [3 * value**power for value in x]) == pytest.approx(power)
