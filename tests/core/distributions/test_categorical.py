"""Alias tables keep every mass, also where a column is exactly full from the start."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowlab.core.distributions.categorical import alias_table


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40))
@example([1, 1, 1, 1, 8, 8])  # sums that are equal but for rounding
def test_an_alias_table_has_the_masses_it_was_made_of(masses: list[int]) -> None:
    share, alias = alias_table(np.array(masses, float))
    held = share + np.bincount(alias, weights=1 - share, minlength=len(masses))
    np.testing.assert_allclose(held / held.sum(), np.array(masses) / sum(masses), atol=1e-12)


@pytest.mark.parametrize("masses", [(2, 1, 3, 3, 1, 2), (1, 1, 1), (2, 3, 1, 2)])
def test_columns_that_are_exactly_full_give_nothing_away(masses: tuple[int, ...]) -> None:
    share, _ = alias_table(np.array(masses, float))
    full = np.array(masses) * len(masses) == sum(masses)
    assert (share[full] == 1).all()
