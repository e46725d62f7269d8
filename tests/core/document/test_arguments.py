"""What a script may give for a number, a time or rows of numbers, and the sentence otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.arguments import name_of, numbers_of, row_of, rows_of, time_of, whole
from flowlab.core.document.limits import Invalid, shown


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_any_type_are_taken(value: object) -> None:
    assert whole(value, "n") == 3
    assert type(whole(value, "n")) is int


@pytest.mark.parametrize("value", [True, 2.0, "3", None, 0, -1, 11])
def test_anything_else_is_named(value: object) -> None:
    with pytest.raises(Invalid, match=r"^Steps must be a whole number from 1 to 10, not "):
        whole(value, "Steps", 1, 10)


@pytest.mark.parametrize(
    "t", [0.25, np.float32(0.25), np.array([0.25]), torch.tensor(0.25, requires_grad=False)]
)
def test_a_time_is_one_number(t: object) -> None:
    assert time_of(t) == 0.25
    assert type(time_of(t)) is float


def test_a_time_that_was_rounded_out_of_its_range_is_the_end() -> None:
    assert (time_of(-1e-9), time_of(1 + 1e-7), time_of(1), time_of(0)) == (0, 1, 1, 0)
    for wrong in (-1e-3, 1.001, float("nan"), True, "0.5", None, [0.5], np.array([0.1, 0.2])):
        with pytest.raises(Invalid, match=r"^\u03b1 must be a number from 0, the source, to 1"):
            time_of(wrong, "\u03b1")


def test_rows_of_any_kind_become_tuples() -> None:
    rows = ((1.0, 2.0), (3.0, 4.0))
    for given in (rows, [[1, 2], [3, 4]], np.array(rows), torch.tensor(rows, requires_grad=True)):
        assert rows_of(given, 2, "Corners") == rows
    assert row_of(np.array([1, 2]), "Weights") == (1.0, 2.0)
    for wrong in ([[1, 2, 3]], [1, 2], [["a", "b"]], None, [[1, 2], [3]], 1j):
        with pytest.raises(Invalid, match=r"^Corners must be "):
            rows_of(wrong, 2, "Corners")


def test_numbers_are_real_and_a_mask_counts_as_zeros_and_ones() -> None:
    assert numbers_of([True, False], "Cells").sum() == 1
    for wrong in ("12", True, [1j], {}, [object()], torch.zeros(2).to_sparse()):
        with pytest.raises(Invalid, match=r"^Cells must be real numbers, not "):
            numbers_of(wrong, "Cells")


def test_a_name_is_one_of_those_there_are() -> None:
    assert name_of("b", ("a", "b"), "letter") == "b"
    for wrong in ("c", 3, [], None, np.array(["a"])):
        with pytest.raises(Invalid, match=r"^There is no letter .*; try a, b"):
            name_of(wrong, ("a", "b"), "letter")


def test_a_value_is_shown_in_a_few_words() -> None:
    assert shown(2.5) == "2.5"
    assert shown(np.zeros((3, 2))) == "an ndarray of shape (3, 2)"
    assert shown(torch.tensor(0.5)) == "0.5"
    assert shown(object()) == "an object"
    assert len(shown("x" * 10_000)) < 100
    assert "\n" not in shown("a\nb" * 100)
