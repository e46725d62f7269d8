"""What a script may give, and the sentence for what it may not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from flowlab.core.distributions.checks import generator_of, points_of, settled, time_row
from flowlab.core.document.limits import Invalid


def test_no_generator_is_torch_s_own_and_another_thing_is_refused() -> None:
    assert generator_of(None) is torch.default_generator
    rng = torch.Generator()
    assert generator_of(rng) is rng
    with pytest.raises(Invalid, match="Generator"):
        generator_of(np.random.default_rng(0))


def test_points_keep_their_type_where_it_is_a_floating_one() -> None:
    assert points_of(torch.zeros(3, 2))[1].dtype == torch.float32
    assert points_of([[1, 2]])[1].dtype == torch.float64
    for wrong, words in (([1, 2], r"\(n, 2\), not \(2,\)"), ([["a", "b"]], "numbers")):
        with pytest.raises(Invalid, match=words):
            points_of(wrong)


def test_numbers_of_every_kind_of_array_are_read() -> None:
    frozen = np.arange(6.0).reshape(3, 2)
    frozen.setflags(write=False)
    wide = np.arange(12.0).reshape(6, 2)[::2]
    given = (frozen, frozen[::-1], wide, frozen.astype(">f4"), frozen.astype(np.longdouble))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for array in given:
            np.testing.assert_array_equal(points_of(array)[0].double().numpy(), array)


def test_a_generator_of_another_device_is_refused() -> None:
    rng = torch.Generator()
    assert generator_of(rng, "cpu") is rng
    with pytest.raises(Invalid, match="made on the cuda here"):
        generator_of(rng, "cuda")


@pytest.mark.parametrize("t", [0.25, [0.0, 1.0], np.array([0.5]), torch.tensor([0.5])])
def test_draws_have_a_row_of_times(t: object) -> None:
    assert time_row(t).dtype == torch.float64
    with pytest.raises(Invalid, match="a row of times"):
        time_row([[0.5]])


def test_what_is_infinitely_far_has_no_density() -> None:
    x = torch.tensor([[1.0, 2.0], [torch.inf, 0.0], [torch.nan, torch.inf], [1e200, 0.0]]).double()
    logs = settled(torch.arange(4.0), x)
    assert logs[[0, 1, 3]].tolist() == [0.0, -torch.inf, -torch.inf]
    assert bool(logs[2].isnan())
