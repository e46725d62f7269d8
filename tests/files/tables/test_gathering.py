"""All rows of a table: those with empty cells, and where the others stand in the file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.files.tables.arrays import Arrays
from flowlab.files.tables.gathering import EmptyCells, whole
from flowlab.files.tables.table import Options, layout_of

XY = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0], [6.0, np.nan], [7.0, 8.0]])
TABLE = Arrays("a.npy", XY)
LAYOUT = layout_of(TABLE, Options(empty="skip"))


def test_those_with_empty_cells_are_left_out_and_the_others_keep_their_places() -> None:
    found = whole(TABLE, LAYOUT, XY)
    assert found.xy.tolist() == [[1, 2], [4, 5], [7, 8]]
    assert found.left_out == 2
    assert [found.place(k) for k in range(3)] == [0, 2, 4]
    assert whole(TABLE, LAYOUT, XY[[0, 2]]).place(1) == 1


def test_a_class_that_only_such_rows_have_is_none() -> None:
    codes = np.array([0, 1, 2, 0, 3])
    found = whole(TABLE, LAYOUT, XY, 0, codes, ["b", "gone", "", "a"])
    assert found.left_out == 3
    assert found.classes == ("a", "b")
    assert found.labels is not None
    assert found.labels.tolist() == [1, 0]


def test_they_are_counted_in_the_refusal() -> None:
    refused = replace(LAYOUT, options=Options())
    with pytest.raises(EmptyCells, match="have empty cells, the first is row 2") as error:
        whole(TABLE, refused, XY)
    assert error.value.count == 2
