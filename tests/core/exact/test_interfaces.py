"""How oracles take times and counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.distributions.checks import times_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.interfaces import MOST_PAIRS, Oracle, count_of
from flowlab.core.interpolants.paths import LINEAR

LIKE = torch.zeros(3, 2, dtype=torch.float64)


@pytest.mark.parametrize("given", [0.25, [0.25], torch.tensor(0.25, requires_grad=True)])
def test_one_time_stands_for_all(given: object) -> None:
    times = times_of(given, 3, LIKE)  # type: ignore[arg-type]
    assert times.tolist() == [0.25]
    assert times.dtype == LIKE.dtype
    assert not times.requires_grad


def test_each_point_may_have_its_own() -> None:
    assert times_of([0.0, 0.5, 1.0], 3, LIKE).tolist() == [0.0, 0.5, 1.0]
    assert times_of([], 0, LIKE[:0]).shape == (0,)


def test_an_end_that_was_rounded_is_the_end() -> None:
    assert times_of([-1e-7, 0.5, 1 + 1e-7], 3, LIKE).tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("wrong", [[0.1, 0.2], [[0.1], [0.2], [0.3]], -0.01, 1.01, float("nan")])
def test_other_times_are_refused(wrong: object) -> None:
    with pytest.raises(Invalid, match=r"^t must be "):
        times_of(wrong, 3, LIKE)  # type: ignore[arg-type]


def test_at_least_one_pair_and_no_more_than_fit_into_memory() -> None:
    assert count_of(np.int64(1), 3) == 1
    assert count_of(MOST_PAIRS // 3, 3) == MOST_PAIRS // 3
    for wrong in (0, -1, 2.5, True, "2", None, MOST_PAIRS // 3 + 1):
        with pytest.raises(Invalid, match=r"^n, how many pairs to draw, .* not "):
            count_of(wrong, 3)


def test_what_is_an_oracle_is_told_by_what_it_answers() -> None:
    law = build(Gaussian())
    assert isinstance(GridOracle.of(law, law, LINEAR, 16), Oracle)
    assert not isinstance(law, Oracle)
