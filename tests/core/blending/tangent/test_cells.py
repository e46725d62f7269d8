"""Square cells: which one a point is in, and what of other lattices they hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.document.limits import Invalid

GRID = Cells(-1.5, -0.5, 0.25, 6, 4)
places = st.integers(-3072, 3072).map(lambda k: k / 1024)


@given(places, places)
def test_a_point_is_in_the_cell_whose_middle_is_within_half_a_side(x: float, y: float) -> None:
    found = int(GRID.of(np.array([x, y])))
    inside = -1.5 <= x < 0 and -0.5 <= y < 0.5
    assert (found < GRID.count) == inside
    if inside:
        row, column = divmod(found, GRID.columns)
        assert abs(GRID.xs[column] - x) <= 0.125 + 1e-12
        assert abs(GRID.ys[row] - y) <= 0.125 + 1e-12


def test_cells_about_zero_are_as_wide_as_the_others() -> None:
    x = np.linspace(-1.5, 0, 6000, endpoint=False)
    counts = np.bincount(GRID.of(np.stack([x, 0 * x])) % GRID.columns)
    assert counts.tolist() == [1000] * 6


def test_cells_cover_all_boxes_with_half_a_cell_around_them() -> None:
    grid = Cells.over([(-3.0, -1.0, 0.0, 1.0), (1.0, 2.0, -0.5, 0.5)], 11)
    assert (grid.columns, grid.h) == (11, 0.5)
    assert grid.xs[[0, -1]].tolist() == [-3.0, 2.0]
    assert grid.ys[0] <= -0.5
    assert grid.ys[-1] >= 1.0
    assert math.isclose(grid.ys[1] - grid.ys[0], grid.h)


def test_a_single_place_has_cells_too() -> None:
    grid = Cells.over([(2.0, 2.0, 3.0, 3.0)], 8)
    assert grid.count >= 4
    assert grid.of(np.array([2.0, 3.0])) < grid.count


@pytest.mark.parametrize("along", [0, 1, 5000])
def test_too_few_or_too_many_cells_are_refused(along: int) -> None:
    with pytest.raises(Invalid, match="grid must have"):
        Cells.over([(0.0, 1.0, 0.0, 1.0)], along)


@pytest.mark.parametrize("first", [(-1, -2), (0, 0), (5, 3), (-20, 0), (40, 40)])
def test_a_lattice_is_cropped_to_the_cells(first: tuple[int, int]) -> None:
    values = np.arange(1.0, 13.0).reshape(1, 3, 4)
    found = GRID.cropped(values, np.array(first))
    for row in range(GRID.rows):
        for column in range(GRID.columns):
            i, j = row - first[1], column - first[0]
            known = values[0, i, j] if 0 <= i < 3 and 0 <= j < 4 else 0.0
            assert found[0, row, column] == known
