"""Folding, beside following; and what projection does instead."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlab.core import domains
from tests.helpers.walls import draw

BOX = domains.rectangle(3.0, 2.0, (1.5, 1.0))  # from (0, 0)


def test_folding_by_hand() -> None:
    x = [[1.0, 1.0]] * 5
    step = [[0.5, 0.5], [3.0, 0.0], [-2.0, 0.0], [7.0, 2.0], [0.0, -401.0]]
    expected = [[1.5, 1.5], [2.0, 1.0], [1.0, 1.0], [2.0, 1.0], [1.0, 0.0]]
    assert np.allclose(BOX.reflect(x, step).numpy(), expected)
    assert BOX.bounces(x, step).tolist() == [0, 1, 1, 3, 200]


def test_a_corner_turns_a_step_back() -> None:
    trace = BOX.trace([[1.0, 1.0]], [[-2.0, -2.0]])
    assert np.allclose(trace.points.numpy(), [[1.0, 1.0]])
    assert int(trace.bounces) == 2
    assert float(trace.push) == pytest.approx(4.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e15, 1e15)] * 4), min_size=1, max_size=5))
def test_any_step_from_any_point_ends_inside(rows: list[tuple[float, ...]]) -> None:
    given_rows = np.array(rows)
    trace = BOX.trace(given_rows[:, :2], given_rows[:, 2:], 0)
    assert bool(BOX.inside(trace.points).all())
    assert bool((trace.bounces >= 0).all())


@pytest.mark.parametrize(
    ("h", "atom"), [(0.2, 0.1147), (0.1, 0.0633), (0.05, 0.0334), (0.02, 0.0138)]
)
def test_projection_leaves_the_atom_of_theory_on_each_wall(h: float, atom: float) -> None:
    """(h / sqrt 2) / (1 + 1.165 h) of the mass; the next step, unprojected, leaks as much."""
    domain = domains.square()
    numbers = np.random.default_rng(1)
    x = domain.uniform(2_000, torch.Generator().manual_seed(0))
    shares, leaks = [], []
    for k in range(int(2 / h**2) + 400):
        beyond = x + torch.from_numpy(numbers.standard_normal((len(x), 2))) * h
        x = domain.project(beyond)
        if k * h**2 > 0.5:  # what is left of the start has gone
            shares.append(float((x.abs() == 0.5).double().mean()) / 2)
            leaks.append(float((beyond.abs() > 0.5).double().mean()) / 2)
    assert (h / math.sqrt(2)) / (1 + 1.165 * h) == pytest.approx(atom, rel=0.005)
    assert np.mean(shares) == pytest.approx(atom, rel=0.03)
    assert np.mean(leaks) == pytest.approx(atom, rel=0.03)


def test_reflection_leaves_no_atom() -> None:
    domain = domains.square()
    x, step = draw(domain, 10_000, 0.2)
    assert not (domain.reflect(x, step).abs() == 0.5).any()


def test_its_measures() -> None:
    assert (BOX.area, BOX.perimeter, BOX.bounds) == (6.0, 10.0, (0.0, 0.0, 3.0, 2.0))
    assert domains.square(2.0).bounds == (-1.0, -1.0, 1.0, 1.0)
    assert domains.square(2.0, (1, 1)) == domains.rectangle(2.0, 2.0, center=[1.0, 1.0])
