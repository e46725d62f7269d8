"""Matching of batches, against POT and against what a plan must satisfy."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlab.core.interpolants.matching import (
    line_cost,
    optimal_assignment,
    round_to_marginals,
    sample_plan,
    sinkhorn_plan,
    squared_distances,
)


def clouds(n: int, seed: int, spread: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    x0 = torch.randn(n, 2, generator=rng, dtype=torch.float64)
    x1 = 3 * torch.rand(n, 2, generator=rng, dtype=torch.float64) + 1
    return spread * x0, spread * x1


def test_distances_are_those_of_each_batch() -> None:
    x0, x1 = torch.randn(3, 4, 2), torch.randn(3, 5, 2)
    expected = torch.cdist(x0, x1).square()
    torch.testing.assert_close(squared_distances(x0, x1), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_assignment_costs_what_pot_finds(seed: int) -> None:
    x0, x1 = clouds(60, seed)
    cost = squared_distances(x0, x1)
    columns = optimal_assignment(cost[None])[0]
    assert sorted(columns.tolist()) == list(range(60))  # everyone once
    ours = float(cost[torch.arange(60), columns].mean())
    pot = ot.emd2(np.full(60, 1 / 60), np.full(60, 1 / 60), cost.numpy())
    assert ours == pytest.approx(float(pot), rel=1e-9)


@pytest.mark.parametrize("regularisation", [0.3, 2.0, 20.0])
def test_the_sinkhorn_plan_is_that_of_pot(regularisation: float) -> None:
    x0, x1 = clouds(40, 3)
    cost = squared_distances(x0, x1)
    mass = np.full(40, 1 / 40)
    pot = ot.sinkhorn(
        mass, mass, cost.numpy(), regularisation, method="sinkhorn_log", stopThr=1e-12,
        numItermax=20_000,
    )  # fmt: skip
    ours = sinkhorn_plan(cost, regularisation).numpy()
    assert np.abs(ours - pot).sum() < 0.03  # of a total mass of 1
    assert (ours * cost.numpy()).sum() == pytest.approx((pot * cost.numpy()).sum(), rel=0.01)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 40),
    st.integers(0, 1000),
    st.floats(1e-3, 100.0),
    st.sampled_from([1e-3, 1.0, 1e3]),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_masses_are_kept_whatever_the_regularisation(
    n: int, seed: int, regularisation: float, spread: float, dtype: torch.dtype
) -> None:
    x0, x1 = (x.to(dtype) for x in clouds(n, seed, spread))
    plan = sinkhorn_plan(squared_distances(x0, x1), regularisation)
    assert bool(plan.isfinite().all())
    assert float(plan.min()) >= 0
    near = 1e-5 if dtype == torch.float32 else 1e-12
    for axis in (0, 1):
        assert torch.allclose(n * plan.sum(axis), torch.ones(n, dtype=dtype), rtol=0, atol=near)


def test_a_small_regularisation_costs_what_the_assignment_does() -> None:
    x0, x1 = clouds(64, 5)
    cost = squared_distances(x0, x1)
    least = float(cost[torch.arange(64), optimal_assignment(cost[None])[0]].mean())
    loose = [float((sinkhorn_plan(cost, e) * cost).sum()) for e in (30.0, 1.0, 0.01)]
    assert loose[0] > loose[1] > loose[2] >= least * (1 - 1e-9)
    assert loose[2] == pytest.approx(least, rel=0.02)
    independent = float(cost.mean())
    assert loose[0] == pytest.approx(independent, rel=0.1)


def test_rounding_leaves_a_good_plan_alone() -> None:
    plan = torch.tensor([[0.3, 0.2], [0.2, 0.3]], dtype=torch.float64)
    torch.testing.assert_close(round_to_marginals(plan), plan)
    bad = round_to_marginals(torch.tensor([[0.5, 0.5], [0.0, 0.1]], dtype=torch.float64))
    torch.testing.assert_close(bad.sum(0), torch.full((2,), 0.5, dtype=torch.float64))
    torch.testing.assert_close(bad.sum(1), torch.full((2,), 0.5, dtype=torch.float64))


def test_columns_are_drawn_by_their_mass() -> None:
    plan = torch.tensor([[0.1, 0.0, 0.3], [0.2, 0.2, 0.0]]).repeat(4000, 1, 1)
    found = sample_plan(plan, torch.Generator().manual_seed(1))
    first = torch.bincount(found[:, 0], minlength=3) / 4000
    second = torch.bincount(found[:, 1], minlength=3) / 4000
    error = 4 * 0.5 / 4000**0.5  # four standard errors, at most
    assert torch.allclose(first, torch.tensor([0.25, 0.0, 0.75]), atol=error)
    assert torch.allclose(second, torch.tensor([0.5, 0.5, 0.0]), atol=error)
    assert first[1] == second[2] == 0


def test_a_line_speaks_within_its_reach_and_nowhere_else() -> None:
    lines = torch.tensor([[0.0, 0.0, 5.0, 0.0]])
    x0 = torch.tensor([[0.0, 0.0], [0.5, 0.0], [1.5, 0.0]])
    x1 = torch.tensor([[5.0, 0.0], [5.5, 0.0], [-3.0, 2.0]])
    cost = line_cost(x0, x1, lines, 1.0)
    assert cost[0, 0] == 0  # at the start: just there, with full weight
    assert cost[0, 1] == pytest.approx(0.25)
    assert cost[1, 1] == pytest.approx(0.0)  # carried along as it lies
    assert cost[1, 0] == pytest.approx(0.75**2 * 0.25)
    assert cost[2].tolist() == [0.0, 0.0, 0.0]  # beyond its reach


def test_two_lines_share_what_lies_between_them() -> None:
    lines = torch.tensor([[-0.5, 0.0, -0.5, 4.0], [0.5, 0.0, 0.5, -4.0]])
    middle = torch.tensor([[0.0, 0.0]])
    cost = line_cost(middle, torch.tensor([[0.0, 0.0], [0.0, 4.0]]), lines, 1.0)
    assert cost[0, 0] == pytest.approx(0.0, abs=1e-6)
    assert cost[0, 1] == pytest.approx(0.75**2 * 16)
