"""What distances take for clouds, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.limits import Invalid
from flowlab.core.metrics import sliced_w2
from flowlab.core.metrics.clouds import checked


def test_any_arrays_become_tensors_of_one_type() -> None:
    points = [[0.0, 1.0], [2.0, 3.0]]
    learned = torch.tensor(points, requires_grad=True)
    for given, dtype in (
        ((points, np.array(points, np.float32)), torch.float32),
        ((np.array(points), learned), torch.float64),
        ((np.array(points, np.int64), learned), torch.float32),
        ((np.array(points, np.float16),), torch.float32),
    ):
        for found in checked(*given):
            assert found.dtype == dtype
            assert found.tolist() == points
            assert not found.requires_grad


@pytest.mark.parametrize("wrong", [np.zeros((0, 2)), np.zeros((3, 3)), np.zeros(4), 1.0])
def test_other_shapes_are_refused(wrong: object) -> None:
    with pytest.raises(Invalid, match=r"clouds of real numbers \(n, 2\)"):
        checked(np.zeros((2, 2)), wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_positions_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(Invalid, match="have left the plane"):
        checked([[0.0, value]])


def test_an_array_turned_round_or_of_another_byte_order_is_read() -> None:
    points = np.random.default_rng(0).normal(size=(40, 2))
    expected = sliced_w2(points, points + 1)
    assert sliced_w2(points[::-1], points + 1) == pytest.approx(expected)
    assert sliced_w2(points.astype(">f8"), points + 1) == pytest.approx(expected)
    assert sliced_w2(np.asfortranarray(points), points + 1) == pytest.approx(expected)


def test_more_directions_than_memory_holds_are_refused() -> None:
    with pytest.raises(Invalid, match="projections must be a whole number from 1 to 1,000,000"):
        sliced_w2(np.zeros((4, 2)), np.ones((4, 2)), projections=10**9)
