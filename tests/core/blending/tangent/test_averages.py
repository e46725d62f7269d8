"""Averages over all pairs: visited one by one, convolved, and counted by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent import averages
from flowlab.core.blending.tangent.averages import Average, convolved, direct, paired
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.blending.tangent.draws import Binned, Coefficients, Scattered

GRID = Cells(-3.0, -2.0, 0.5, 12, 9)
BLENDS = {
    "linear": (Coefficients(0.6, -1.0), Coefficients(0.4, 1.0)),
    "noisy": (Coefficients(0.5, -1.2, 0.3, 0.8), Coefficients(0.7, 0.9)),
    "mirrored": (Coefficients(-0.5, 2.0), Coefficients(0.8, 0.5)),
}


def draws(n: int, seed: int, middle: tuple[float, float], noisy: bool = False) -> Scattered:
    rng = np.random.default_rng(seed)
    x = np.array(middle)[:, None] + rng.normal(size=(2, n)) * [[0.9], [0.6]]
    return Scattered(x, rng.normal(size=(2, n)) if noisy else None)


def by_hand(
    one: Scattered, other: Scattered, parts: tuple[Coefficients, Coefficients], grid: Cells
) -> Average:
    """Loops over cells, pairs and points; the variance from its definition."""
    (u, du), (v, dv) = one.places(parts[0]), other.places(parts[1])
    pairs: dict[int, list[tuple[int, int, Floats]]] = defaultdict(list)
    for i in range(one.total):
        for j in range(other.total):
            column, row = np.floor((u[:, i] + v[:, j] - [grid.x, grid.y]) / grid.h).astype(int)
            if 0 <= column < grid.columns and 0 <= row < grid.rows:
                pairs[row * grid.columns + column].append((i, j, du[:, i] + dv[:, j]))
    count, mean = np.zeros(grid.count), np.full((grid.count, 2), np.nan)
    stderr = np.full(grid.count, np.nan)
    for cell, found in pairs.items():
        count[cell], mean[cell] = len(found), np.mean([d for *_, d in found], 0)
        shared: list[dict[int, Floats]] = [defaultdict(lambda: np.zeros(3)) for _ in range(2)]
        for i, j, d in found:
            shared[0][i] += (*(d - mean[cell]), 1)
            shared[1][j] += (*(d - mean[cell]), 1)
        each = sum(float(np.square(d - mean[cell]).sum()) for *_, d in found)
        both = sum(float(np.square(r[:2]).sum()) for end in shared for r in end.values())
        reached = min(len(found) ** 2 / sum(r[2] ** 2 for r in end.values()) for end in shared)
        if reached > 2 - 1e-9:
            variance = max(both - each, each) * reached / (reached - 1)
            stderr[cell] = np.sqrt(variance) / len(found)
    shape = grid.rows, grid.columns
    return Average(count.reshape(shape), mean.reshape(*shape, 2), stderr.reshape(shape))


def same(one: Average, other: Average) -> None:
    assert np.array_equal(one.count, other.count)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    np.testing.assert_allclose(one.stderr, other.stderr, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", list(BLENDS))
def test_every_pair_is_counted_where_it_falls(name: str) -> None:
    ends = draws(14, 1, (-1.5, -1.0), noisy=name == "noisy"), draws(11, 2, (1.0, 1.5))
    same(direct(*ends, BLENDS[name], GRID), by_hand(*ends, BLENDS[name], GRID))


def test_it_does_not_matter_how_many_pairs_are_visited_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends, parts = (draws(70, 1, (-1.5, -1.0)), draws(90, 2, (1.0, 1.5))), BLENDS["linear"]
    whole = direct(*ends, parts, GRID)
    monkeypatch.setattr(averages, "_PAIRS", 200)
    monkeypatch.setattr(averages, "_SUMS", 500)
    same(direct(*ends, parts, GRID), whole)


def on_lattice(n: int, seed: int, shift: float) -> Scattered:
    """Samples at even whole numbers, plus a shift: half of them are whole cells apart."""
    x = 2.0 * np.random.default_rng(seed).integers(-6, 7, (2, n)) + shift
    return Scattered(x)


def test_pairs_in_the_middle_of_cells_are_convolved_exactly() -> None:
    grid, parts = (
        Cells(-13.0, -13.0, 1.0, 27, 27),
        (Coefficients(0.5, -1.0), Coefficients(0.5, 1.0)),
    )
    ends = on_lattice(40, 1, 0.0), on_lattice(30, 2, 1.0)
    found, known = convolved(*ends, parts, grid), direct(*ends, parts, grid)
    assert known.count.sum() == 1200
    same(found, known)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_at_both_ends_of_alpha_all_places_come_out_exactly(alpha: float) -> None:
    grid = Cells(-5.3, -4.1, 0.21, 50, 45)
    ends = draws(300, 3, (-1.5, -1.0)), draws(200, 4, (1.0, 1.5))
    parts = Coefficients(1 - alpha, -1.0), Coefficients(alpha, 1.0)
    found, known = convolved(*ends, parts, grid), direct(*ends, parts, grid)
    assert np.array_equal(found.count, known.count)
    np.testing.assert_allclose(found.mean, known.mean, atol=1e-9)


@pytest.mark.parametrize("name", list(BLENDS))
def test_convolved_and_visited_pairs_agree_within_a_part_of_the_noise(name: str) -> None:
    grid = Cells(-6.0, -6.0, 0.25, 48, 48)
    ends = draws(300, 5, (-1.5, -1.0), noisy=name == "noisy"), draws(400, 6, (1.0, 1.5))
    found, known = (way(*ends, BLENDS[name], grid) for way in (convolved, direct))
    assert found.count.sum() == known.count.sum() == 300 * 400
    assert np.array_equal(np.isnan(found.mean[..., 0]), found.count == 0)
    filled = np.minimum(found.count, known.count) > 30
    off = np.square(found.mean - known.mean).sum(-1)[filled]
    assert np.sqrt(off.mean() / np.square(known.stderr[filled]).mean()) < 0.35
    assert np.median(found.stderr[filled] / known.stderr[filled]) == pytest.approx(1, abs=0.05)
    moved = np.abs(found.count - known.count).sum() / known.count.sum()
    assert moved < 0.25  # of a pair's neighbours some are beyond an edge, as many come back


def test_pairs_far_beyond_the_cells_cost_nothing_and_change_nothing() -> None:
    ends, parts = (draws(300, 5, (-1.5, -1.0)), draws(400, 6, (1.0, 1.5))), BLENDS["linear"]
    known = convolved(*ends, parts, GRID)
    far = Scattered(np.concatenate([ends[0].x, [[1e7, -1e7], [0.0, 3e6]]], 1))
    found = convolved(far, ends[1], parts, GRID)  # on one lattice they would fill the memory
    assert abs(found.count - known.count).sum() < 0.01 * known.count.sum()
    np.testing.assert_allclose(np.nansum(found.stderr), np.nansum(known.stderr), rtol=0.05)
    none = convolved(Scattered(far.x[:, -2:]), ends[1], parts, GRID)
    assert none.count.sum() == 0
    assert np.isnan(none.mean).all()


def test_binned_samples_are_as_good_as_scattered_ones() -> None:
    grid, parts = Cells(-6.0, -6.0, 0.25, 48, 48), BLENDS["linear"]
    ends = draws(40_000, 7, (-1.5, -1.0)), draws(30_000, 8, (1.0, 1.5))
    known = convolved(*ends, parts, grid)
    binned = [Binned.of(end.x, 256) for end in ends]
    assert [end.total for end in binned] == [40_000, 30_000]
    found = convolved(*binned, parts, grid)
    assert found.count.sum() == pytest.approx(known.count.sum(), rel=1e-6)
    filled = known.count > 1e4
    off = np.square(found.mean - known.mean).sum(-1)[filled]
    assert np.sqrt(off.mean() / np.square(known.stderr[filled]).mean()) < 0.1
    assert np.median(found.stderr[filled] / known.stderr[filled]) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    "part", [Coefficients(0.3, -1.0), Coefficients(-0.4, 2.0), Coefficients(0.0, 1.0)]
)
def test_binned_samples_are_deposited_whole(part: Coefficients) -> None:
    x = draws(5000, 9, (-1.5, 4.0)).x
    corner, step = np.array([-1.03, 0.77]), 0.05
    sums = Binned.of(x, 64).deposit(part, corner, step, 0.5).sums.sum((1, 2))
    known = Scattered(x).deposit(part, corner, step, 0.5).sums.sum((1, 2))
    np.testing.assert_allclose(sums, known, rtol=1e-6)


def test_given_pairs_are_counted_once_with_the_error_of_independent_ones() -> None:
    rng = np.random.default_rng(0)
    places, values = rng.uniform(-1.9, 1.9, (2, 4000)), rng.normal(size=(2, 4000))
    found = paired(places, values, GRID)
    assert found.count.sum() == 4000
    cell = GRID.of(places) == 4 * GRID.columns + 6
    mine = values[:, cell]
    np.testing.assert_allclose(found.mean[4, 6], mine.mean(1))
    assert found.stderr[4, 6] == pytest.approx(np.sqrt(mine.var(1, ddof=1).sum() / cell.sum()))


@pytest.mark.parametrize("way", [direct, convolved])
def test_errors_may_be_left_out(way: Callable[..., Average]) -> None:
    ends, parts = (draws(70, 1, (-1.5, -1.0)), draws(90, 2, (1.0, 1.5))), BLENDS["linear"]
    with_errors, without = way(*ends, parts, GRID), way(*ends, parts, GRID, errors=False)
    assert np.isnan(without.stderr).all()
    assert not np.isnan(with_errors.stderr).all()
    assert np.array_equal(with_errors.count, without.count)
