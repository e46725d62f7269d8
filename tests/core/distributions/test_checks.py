"""What a script may give, and the sentence for what it may not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.distributions.checks import generator_of, points_of
from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_any_type_are_taken(value: object) -> None:
    assert whole(value, "n") == 3
    assert type(whole(value, "n")) is int


@pytest.mark.parametrize("value", [True, 2.0, "3", None, 0, -1, 11])
def test_anything_else_is_named(value: object) -> None:
    with pytest.raises(Invalid, match=r"^Steps must be a whole number from 1 to 10, not "):
        whole(value, "Steps", 1, 10)


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
