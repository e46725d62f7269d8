"""Chi-square tests of clouds, against a density or against another cloud."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import stats

_SIDE = 10  # cells along each axis
_PLACES = 8  # in a cell, along each axis, where a density is summed
_LEAST = 12  # expected in a cell; others are taken together


def _cells(x: np.ndarray, low: np.ndarray, high: np.ndarray, side: int) -> np.ndarray:
    """Counts of points (n, 2) in cells; those beyond the box in a last one."""
    place = np.floor((x - low) / (high - low) * side)
    inside = ((place >= 0) & (place < side)).all(1)
    index = np.where(inside, place[:, 1] * side + place[:, 0], side * side).astype(int)
    return np.bincount(index, minlength=side * side + 1)


def _merged(rows: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Rows (R, K) with all thin cells in one."""
    thick = expected >= _LEAST
    return np.concatenate([rows[:, thick], rows[:, ~thick].sum(1, keepdims=True)], 1)


@pytest.fixture
def fits() -> Callable[..., float]:
    """p value of a cloud (n, 2) under a density (m, 2) -> (m,) that lies in the cloud's box."""

    def test(x: np.ndarray, density: Callable[[torch.Tensor], torch.Tensor]) -> float:
        span = np.ptp(x, axis=0)
        low, high = x.min(0) - 0.02 * span, x.max(0) + 0.02 * span
        fine = _SIDE * _PLACES
        ticks = (np.arange(fine) + 0.5) / fine
        xs, ys = (low[i] + ticks * (high[i] - low[i]) for i in (0, 1))
        places = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
        p = density(torch.from_numpy(places)).double().numpy()
        mass = (
            p.reshape(_SIDE, _PLACES, _SIDE, _PLACES).sum((1, 3)).ravel()
            * (high - low).prod()
            / fine**2
        )
        expected = np.append(mass, max(0.0, 1 - mass.sum())) * len(x)
        counts, wanted = _merged(np.stack([_cells(x, low, high, _SIDE), expected]), expected)
        wanted *= counts.sum() / wanted.sum()
        some = wanted > 0
        return float(stats.chisquare(counts[some], wanted[some]).pvalue)

    return test


@pytest.fixture
def alike() -> Callable[..., float]:
    """p value of two clouds (n, 2) and (m, 2) having one law."""

    def test(x: np.ndarray, y: np.ndarray, side: int = _SIDE) -> float:
        both = np.concatenate([x, y])
        span = np.ptp(both, axis=0) + 1e-9
        low, high = both.min(0) - 0.01 * span, both.max(0) + 0.01 * span
        rows = np.stack([_cells(part, low, high, side) for part in (x, y)])
        rows = _merged(rows, rows.min(0))
        return float(stats.chi2_contingency(rows[:, rows.sum(0) > 0]).pvalue)

    return test


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(5)
