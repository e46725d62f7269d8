"""The standard error over all pairs, against its sums written out and against repetitions."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.blending.tangent.spread import Clusters, clusters, convolved_error, standard_error

RNG = np.random.default_rng(0)


def written_out(v: np.ndarray, here: np.ndarray) -> float:
    """Of values v (n0, n1, 2) of the pairs that are `here` (n0, n1)."""
    count = here.sum()
    residual = np.where(here[..., None], v - v[here].mean(0), 0.0)
    by_source, by_target = (np.square(residual.sum(k)).sum() for k in (1, 0))
    each = np.square(residual).sum()
    variance = max(by_source + by_target - each, each)
    most = max(np.square(here.sum(1)).sum(), np.square(here.sum(0)).sum())
    reached = count**2 / most
    if reached < 2 - 1e-6:
        return np.nan
    return float(np.sqrt(variance * reached / (reached - 1)) / count)


def sums_of(v: np.ndarray, here: np.ndarray) -> tuple[np.ndarray, Clusters, Clusters]:
    parts = np.where(here, np.stack([np.ones_like(v[..., 0]), *np.moveaxis(v, 2, 0)]), 0.0)
    parts = np.concatenate([parts, [np.where(here, np.square(v).sum(2), 0.0)]])
    one, two = (clusters(parts.sum(axis)[..., None]) for axis in (2, 1))
    return parts.sum((1, 2))[:, None], one, two


@pytest.mark.parametrize("share", [1.0, 0.4, 0.05])
def test_it_is_the_two_way_clustered_error(share: float) -> None:
    for _ in range(20):
        v = RNG.normal(size=(12, 9, 2)) + RNG.normal(size=(12, 1, 2))
        here = RNG.uniform(size=(12, 9)) < share
        if not here.any():
            continue
        found = standard_error(*sums_of(v, here))[0]
        assert found == pytest.approx(written_out(v, here), rel=1e-9, nan_ok=True)


def test_fewer_than_two_samples_tell_of_no_spread() -> None:
    v = RNG.normal(size=(5, 5, 2))
    for here in (np.eye(5, dtype=bool) & (np.arange(5) == 2), np.arange(25).reshape(5, 5) < 5):
        assert np.isnan(standard_error(*sums_of(v, here))[0])
    assert np.isnan(standard_error(*sums_of(v, np.zeros((5, 5), bool)))[0])


def test_it_is_the_scatter_of_the_mean_of_a_sum_of_two_samples() -> None:
    """v_ij = a_i + b_j: the mean's variance is Var a / n0 + Var b / n1, from first principles."""
    n0, n1, errors, means = 40, 25, [], []
    for _ in range(400):
        a, b = RNG.normal(size=(n0, 1, 2)) * (1.0, 2.0), RNG.normal(size=(1, n1, 2))
        v = a + b
        errors.append(standard_error(*sums_of(v, np.ones((n0, n1), bool)))[0])
        means.append(v.mean((0, 1)))
    truth = 5.0 / n0 + 2.0 / n1
    assert np.square(means).sum(1).mean() == pytest.approx(truth, rel=0.15)
    assert np.square(errors).mean() == pytest.approx(truth, rel=0.06)


def test_clusters_add_and_are_taken_about_any_mean() -> None:
    sums = RNG.normal(size=(4, 6, 3))
    halves = clusters(sums[:, :2]).plus(clusters(sums[:, 2:]))
    mean = RNG.normal(size=(2, 3))
    whole = np.square(sums[1:3] - mean[:, None] * sums[0]).sum((0, 1))
    np.testing.assert_allclose(halves.about(mean), whole, rtol=1e-9)


@pytest.mark.parametrize(("fold", "first"), [(1, (0, 0)), (2, (0, 1)), (3, (-4, 2)), (2, (-1, -1))])
def test_on_a_grid_it_is_that_of_the_pairs_of_each_cell(fold: int, first: tuple[int, int]) -> None:
    """Samples on cells of a 5 x 4 and a 3 x 6 grid; a pair's cell is the sum of both."""

    def scattered(n: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = np.stack([RNG.integers(0, side, n) for side in shape], 1)
        value = RNG.normal(size=(n, 2))
        deposit = np.zeros((4, *shape))
        for (row, column), u in zip(place, value, strict=True):
            deposit[:, row, column] += [1.0, *u, u @ u]
        return place, value, deposit

    (p0, u0, d0), (p1, u1, d1) = scattered(30, (5, 4)), scattered(26, (3, 6))
    low = np.array(first)
    found, cells = convolved_error(d0, d1, low, fold)
    v, point = u0[:, None] + u1[None], p0[:, None] + p1[None] + low[::-1]
    cell = np.floor_divide(point, fold) - cells[::-1]
    assert found.shape == tuple(
        np.floor_divide(low[::-1] + np.array([6, 8]), fold) - cells[::-1] + 1
    )
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            here = (cell == (row, column)).all(2)
            wanted = written_out(v, here) if here.any() else np.nan
            assert found[row, column] == pytest.approx(wanted, rel=1e-6, nan_ok=True)
