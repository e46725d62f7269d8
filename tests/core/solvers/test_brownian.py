"""Increments of Brownian paths: their law, and that doubling the steps refines them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.brownian import brownian_increments


@pytest.mark.parametrize("steps", [1, 3, 40, 64])
@pytest.mark.parametrize("times", [2, 4, 8])
def test_more_steps_refine_the_same_path(steps: int, times: int) -> None:
    coarse = brownian_increments(50, steps, seed=3)
    fine = brownian_increments(50, times * steps, seed=3)
    assert torch.allclose(fine.reshape(steps, times, 50, 2).sum(1), coarse, atol=1e-5)


def test_the_first_paths_do_not_depend_on_how_many_there_are() -> None:
    assert torch.equal(brownian_increments(7, 80, 1), brownian_increments(200, 80, 1)[:, :7])


@pytest.mark.parametrize("steps", [5, 20, 32])
def test_increments_are_independent_and_have_the_variance_of_their_step(steps: int) -> None:
    n = 20_000
    dw = brownian_increments(n, steps, seed=2).numpy()
    columns = dw.transpose(1, 0, 2).reshape(n, 2 * steps) * np.sqrt(steps)
    covariance = columns.T @ columns / n
    error = np.sqrt((1 + np.eye(2 * steps)) / n)  # standard deviation of each entry
    assert np.abs((covariance - np.eye(2 * steps)) / error).max() < 4.8
    assert np.abs(columns.mean(0) * np.sqrt(n)).max() < 4.5


def test_seeds_are_other_paths() -> None:
    a, b = (brownian_increments(500, 40, seed).numpy().ravel() for seed in (0, 1))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.02


@pytest.mark.parametrize(("n", "steps"), [(-1, 4), (3, 0), (3, 2.5), ("3", 4)])
def test_counts_that_cannot_be_are_refused(n: object, steps: object) -> None:
    with pytest.raises(Invalid, match="whole number"):
        brownian_increments(n, steps, 0)  # type: ignore[arg-type]
