"""Round places along an axis, and numbers in few characters."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowlab.ui.base.ticks import short, ticks


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"), (1, "1"), (0.5, "0.5"), (0.05, "0.05"), (2e-4, "2e−4"), (9.96, "10"),
        (12.34, "12.3"), (999, "999"), (1000, "1k"), (12_000, "12k"), (12_345, "12.3k"),
        (1.5e6, "1.5M"), (-2500, "−2.5k"), (-3e-3, "−3e−3"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, words: str) -> None:
    assert short(value) == words


@pytest.mark.parametrize(
    ("low", "high", "most", "places"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (0, 1, 4, [0, 0.5, 1]),
        (-3, 3, 6, [-3, -2, -1, 0, 1, 2, 3]),
        (0.13, 0.42, 3, [0.2, 0.3, 0.4]),
        (100, 100, 3, []),
        (2, 1, 3, []),
    ],
)
def test_places_are_round(low: float, high: float, most: int, places: list[float]) -> None:
    found = ticks(low, high, most)
    assert [place for place, _ in found] == pytest.approx(places)
    assert [words for _, words in found] == [short(place) for place in places]


def test_steps_are_round_for_any_range() -> None:
    for k in range(60):
        low, high = -(1.37**k) / 3, 1.37**k
        places = [place for place, _ in ticks(low, high, 6)]
        assert 3 <= len(places) <= 7
        step = places[1] - places[0]
        digit = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
        assert min(abs(digit - m) for m in (1, 2, 2.5, 5)) < 1e-6


def test_a_logarithmic_axis_has_powers_where_it_is_long_and_steps_where_it_is_short() -> None:
    powers = ["1e−3", "0.01", "0.1", "1", "10", "100"]
    assert [words for _, words in ticks(-3, 2, 9, log=True)] == powers
    assert [words for _, words in ticks(-3, 2, 3, log=True)] == ["1e−3", "0.1", "10"]
    found = ticks(0, 1, 9, log=True)
    assert found == [(pytest.approx(math.log10(v)), f"{v}") for v in (1, 2, 5, 10)]
    near = ticks(math.log10(3), math.log10(6), 3, log=True)
    assert near == [(pytest.approx(math.log10(v)), f"{v}") for v in (3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("low", "high"), [(0.5, 0.503), (1.2345, 1.2346), (12000, 12010), (125, 126), (-3.001, -3.0)]
)
def test_numbers_of_a_narrow_range_can_be_told_apart(low: float, high: float) -> None:
    found = ticks(low, high, 4)
    assert len({words for _, words in found}) == len(found) >= 2
    for place, words in found:
        assert float(words.replace("−", "-")) == pytest.approx(place, abs=(high - low) / 50)


RANGES = st.tuples(st.floats(-5.0, 3.0), st.floats(-1.5, 0.9)).map(
    lambda r: (r[0], r[0] + 10 ** r[1])
)


@settings(max_examples=300, deadline=None)
@given(RANGES, st.booleans(), st.sampled_from([0.1, 0.15, 0.2, 0.236]))
@example(ends=(-1.625, -1.0825309062988673), log=True, apart=0.236)
def test_a_scale_has_three_numbers_that_neither_touch_nor_repeat(
    ends: tuple[float, float], log: bool, apart: float
) -> None:
    low, high = ends
    found = ticks(low, high, 3, log=log, apart=apart)
    assert len(found) >= 3
    assert len({words for _, words in found}) == len(found)
    assert all(low - 1e-9 <= place <= high + 1e-9 for place, _ in found)
    assert all(b - a >= 0.999 * apart * (high - low) for (a, _), (b, _) in pairwise(found))


def test_where_few_powers_lie_there_are_numbers_between_them() -> None:
    found = ticks(math.log10(0.3), math.log10(6.0), 3, log=True, apart=0.2)
    assert [words for _, words in found] == ["0.5", "1", "2", "5"]


def test_numbers_that_something_hides_do_not_count() -> None:
    assert [words for _, words in ticks(0, 11, 3)] == ["0", "5", "10"]
    found = ticks(0, 11, 3, until=9.0)
    assert sum(place <= 9.0 for place, _ in found) >= 3


def is_round(value: float, digits: tuple[float, ...] = (1, 2, 5)) -> bool:
    """One of these digits times a power of ten, or a power of two."""
    digit = value / 10.0 ** math.floor(math.log10(value) + 1e-9)
    two = math.log2(value)
    return min(abs(digit - m) for m in digits) < 1e-6 or abs(two - round(two)) < 1e-9


@settings(max_examples=300, deadline=None)
@given(st.floats(-5.0, 3.0), st.floats(1.2, 6.0), st.sampled_from([0.05, 0.15, 0.236]))
def test_numbers_of_a_logarithmic_axis_are_round(low: float, long: float, apart: float) -> None:
    digits = (1, 2, 5) if long > 2 else (1, 1.5, 2, 3, 5, 7)  # where there is room for no others
    for most in (3, 4):
        found = ticks(low, low + long, most, log=True, apart=apart)
        assert all(is_round(10.0**place, digits) for place, _ in found), found


def test_the_budgets_of_a_race_have_round_numbers() -> None:
    """From 4 to 640 with little room these were 4, 16 and 58."""
    for apart in (0.05, 0.15, 0.2, 0.25):
        found = ticks(math.log10(4), math.log10(640), 4, log=True, apart=apart, until=2.2)
        assert len(found) >= 3
        assert all(is_round(10.0**place) for place, _ in found), found
