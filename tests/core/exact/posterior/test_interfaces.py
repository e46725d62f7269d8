"""What samplers of pairs have in common."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.document.paths import Path
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, coefficients, in_order
from flowlab.core.interpolants.paths import LINEAR, interpolant_of
from tests.helpers.randomness import rng


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_coefficients_are_those_of_the_path(t: float) -> None:
    assert coefficients(LINEAR, t) == (1 - t, t)
    turn = interpolant_of(Path(kind="trigonometric"))
    assert coefficients(turn, t) == pytest.approx((np.cos(np.pi * t / 2), np.sin(np.pi * t / 2)))


def test_the_end_that_was_drawn_is_put_in_its_place() -> None:
    drawn, solved = np.zeros((2, 1)), np.ones((2, 1))
    assert in_order(drawn, solved, drawn_is_target=False) == (drawn, solved)
    x0, x1 = in_order(drawn, solved, drawn_is_target=True)
    assert x0 is solved
    assert x1 is drawn


def test_found_are_those_that_have_a_number() -> None:
    x0 = np.array([[0.0, np.nan, 2.0], [1.0, np.nan, 3.0]])
    assert Drawn(x0, x0).found.tolist() == [True, False, True]


def test_numbers_follow_from_the_generator_alone() -> None:
    one, two, other = Generators(rng(1)), Generators(rng(1)), Generators(rng(2))
    a, b, c = (made.uniform(2, 1000) for made in (one, two, other))
    assert a.shape == (2, 1000)
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert 0 <= a.min() <= a.max() < 1
    assert abs(a.mean() - 0.5) < 4 / np.sqrt(12 * a.size)
    assert not np.array_equal(one.uniform(2, 1000), a)


def test_torch_goes_on_where_it_was() -> None:
    """NumPy's generator takes one number of torch's, once."""
    made, beside = Generators(rng(1)), rng(1)
    torch.randint(1 << 62, (1,), generator=beside)
    made.uniform(5)
    made.uniform(5)
    assert torch.equal(torch.rand(3, generator=made.torch), torch.rand(3, generator=beside))
