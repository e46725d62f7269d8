"""Curves as numbers: their places, their spans, and the table that is copied."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.ui.plots.curve import Curve, nearest, number, places, reach, span, table, thinned


def test_a_logarithmic_axis_has_no_place_for_zero() -> None:
    found = places(np.array([0.0, -1.0, 1.0, 100.0, np.nan]), log=True)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 0.0, 2.0, np.nan])


def test_a_span_holds_all_values_and_their_errors() -> None:
    curve = Curve("a", np.arange(3.0), np.array([1.0, np.nan, 4.0]), errors=np.array([0, 1, 1.0]))
    assert span([reach(curve)], log=False, floor=True) == (0.0, 5.5)
    low, high = span([np.array([0.0, 1.0, 100.0])], log=True)
    assert low < 0.0 < 2.0 < high
    assert span([], log=False) == (0.0, 1.0)


def test_thinning_keeps_both_ends_and_repeats_nothing() -> None:
    for count in (1, 2, 239, 240, 241, 5000):
        some = thinned(count)
        assert some[0] == 0
        assert some[-1] == count - 1
        assert (np.diff(some) > 0).all()
        assert len(some) == min(count, 240)


def test_the_nearest_place_is_one_that_is_known() -> None:
    assert nearest(np.array([0.0, np.nan, 2.0]), 1.2) == 2
    assert nearest(np.array([np.nan]), 0.0) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [(1200.0, "1,200"), (0.123456, "0.1235"), (np.nan, "–"), (-2.0, "−2"),
     (12_000.5, "12,000"), (9_999_999.4, "9,999,999"), (1.5e7, "15,000,000"), (-1e-5, "−1e−05")],
)  # fmt: skip
def test_numbers_are_read_with_four_digits(value: float, words: str) -> None:
    assert number(value) == words


def test_curves_are_copied_in_common_rows() -> None:
    a = Curve("a", np.array([0.0, 0.5, 1.0]), np.array([1.0, np.nan, 3.25], np.float32))
    b = Curve("b", np.array([0.5, 2.0]), np.array([7e-9, 8.0]), errors=np.array([0.1, np.nan]))
    assert table("", "t", (a, b)) == (
        "t\ta\tb\tb, standard error\n0\t1\t\t\n0.5\t\t7e-09\t0.1\n1\t3.25\t\t\n2\t\t8\t\n"
    )


def test_bars_are_copied_with_their_edges() -> None:
    bars = Curve("", np.array([0, 0.5, 1.0]), np.array([2.0, 3.0]), bars=True)
    assert table("error", "t", (bars,)) == "t from\tt to\terror\n0\t0.5\t2\n0.5\t1\t3\n"


def test_a_level_is_copied_in_every_row() -> None:
    line = Curve("loss", np.array([0.0, 12_000.5, 3e7]), np.array([1.0, -2.5, 12_345_678.4]))
    floor = Curve("floor", np.array([0.0, 5e7]), np.full(2, 0.5), level=True)
    assert table("", "step", (line, floor)) == (
        "step\tloss\tfloor\n0\t1\t0.5\n12000.5\t-2.5\t0.5\n30000000\t12345678\t0.5\n"
    )
