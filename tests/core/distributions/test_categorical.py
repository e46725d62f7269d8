"""Indices are drawn in proportion to their weights, whichever face draws them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from flowlab.core.distributions.categorical import (
    WeightedRows,
    alias_table,
    sample_alias,
    sample_alias_tables,
    sample_cumulative_numpy,
    sample_weighted,
)

N = 40_000
WEIGHTS = {
    "a few": (3.0, 0.0, 1.0, 2.0, 0.0),
    "one": (0.0, 0.0, 5.0),
    "many": tuple((np.arange(60) % 7) ** 2.0),
}


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


def uniform() -> np.ndarray:
    return np.random.default_rng(0).random(N)


def check(index: np.ndarray, weights: np.ndarray) -> None:
    """Counts of indices beside exact probabilities, and none without weight."""
    counts = np.bincount(index, minlength=len(weights))
    some = weights > 0
    assert counts[~some].sum() == 0
    if some.sum() > 1:
        expected = weights[some] / weights.sum() * len(index)
        assert stats.chisquare(counts[some], expected).pvalue > 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", WEIGHTS)
def test_the_inverse_cdf_has_exact_probabilities(name: str, dtype: torch.dtype) -> None:
    weights = torch.tensor(WEIGHTS[name], dtype=dtype)
    index = sample_weighted(weights, torch.from_numpy(uniform()))
    check(index.numpy(), weights.double().numpy())
    running = np.cumsum(WEIGHTS[name])
    check(sample_cumulative_numpy(running, uniform()), np.array(WEIGHTS[name]))


def test_each_row_of_weights_has_its_own_probabilities() -> None:
    weights = torch.tensor([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0], [4.0, 0.0, 1.0]])
    index = sample_weighted(weights, torch.from_numpy(uniform()).expand(3, N).contiguous())
    for row in range(3):
        check(index[row].numpy(), weights[row].double().numpy())


@pytest.mark.parametrize("weights", [(1.0, 0.0), (3.0, 1.0, 0.0, 0.0), (1e-30, 7.0, 0.0)])
def test_the_largest_uniform_number_meets_no_index_without_weight(weights) -> None:
    most = torch.tensor([1 - 2**-53], dtype=torch.float64)  # rounds to 1 in float32
    for dtype in (torch.float32, torch.float64):
        assert weights[int(sample_weighted(torch.tensor(weights, dtype=dtype), most))] > 0
    assert weights[int(sample_cumulative_numpy(np.cumsum(weights), most.numpy())[0])] > 0


@pytest.mark.parametrize("name", WEIGHTS)
def test_alias_tables_draw_by_the_masses(name: str) -> None:
    masses = np.array([w for w in WEIGHTS[name] if w > 0])
    share, alias = alias_table(masses)
    tables = torch.from_numpy(share), torch.from_numpy(alias)
    check(sample_alias(*tables, N, torch.Generator().manual_seed(0)).numpy(), masses)


def test_one_of_several_alias_tables_is_drawn_from() -> None:
    masses = np.array([[1.0, 2.0, 3.0], [5.0, 1.0, 1.0]])
    share, alias = (np.stack(part) for part in zip(*map(alias_table, masses), strict=True))
    for row in (0, 1):
        check(sample_alias_tables(share, alias, np.full(N, row), uniform()), masses[row])


def test_rows_of_different_lengths_are_drawn_from_by_their_own_weights() -> None:
    weights = np.array([1.0, 3.0, 0.0, 0.0, 2.0, 1.0, 4.0])
    rows = WeightedRows(np.array([0, 2, 2, 4, 7]), weights)  # of 2, 0, 2 and 3
    assert rows.rows.tolist() == [0, 3]
    for row, (low, high) in ((0, (0, 2)), (3, (4, 7))):
        check(rows.pick(np.full(N, row), uniform()) - low, weights[low:high])
