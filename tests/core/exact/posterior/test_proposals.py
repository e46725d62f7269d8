"""Rejection for many points: its law, its count of proposals, and its bounds."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.document.shapes import Gaussian
from flowlab.core.exact.posterior.ends import end_of
from flowlab.core.exact.posterior.interfaces import Generators
from flowlab.core.exact.posterior.proposals import Proposer
from flowlab.core.solvers.ode import Cancelled
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TRIANGLE

ROUND, SLIM = Gaussian(), Gaussian(std_x=0.5, std_y=0.8, offset_x=1.0)
WAYS = {
    "from the source": Proposer(end_of(ROUND), end_of(SLIM), False),
    "from the target": Proposer(end_of(SLIM), end_of(ROUND), True),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_either_way_the_law_is_the_conditional_one(way: Proposer) -> None:
    n, x, (a, b) = 20_000, np.array([0.6, 0.3]), (0.6, 0.4)
    drawn = way.draw(np.tile(x[:, None], n), (a, b), 10_000, Generators(rng(1)))
    assert bool(drawn.found.all())
    np.testing.assert_allclose(a * drawn.x0 + b * drawn.x1, np.tile(x[:, None], n), atol=1e-12)
    v0, v1, m1 = np.ones(2), np.array([0.5, 0.8]) ** 2, np.array([1.0, 0.0])
    total = a * a * v0 + b * b * v1
    mean = a * v0 * (x - b * m1) / total
    left = v0 - a * a * v0**2 / total
    assert np.all(np.abs(drawn.x0.mean(1) - mean) < 4 * np.sqrt(left / n))
    np.testing.assert_allclose(drawn.x0.var(1), left, rtol=4 * np.sqrt(2 / n))


def test_as_many_proposals_as_the_acceptance_says() -> None:
    """P(kept) = area of the cut over that of the source: all proposals are uniform on it."""
    way = Proposer(end_of(SQUARE), end_of(SQUARE), False)
    n, t = 4000, 0.5
    middle = np.array([[1.5], [1.5]])  # the mirrored square is the square itself
    whole = way.draw(np.tile(middle, n), (1 - t, t), 1000, Generators(rng(2)))
    assert whole.proposals == n
    off = np.tile(middle + np.array([[0.5], [0.0]]), n)  # half of it is left
    half = way.draw(off, (1 - t, t), 1000, Generators(rng(3)))
    assert half.proposals / n == pytest.approx(2.0, abs=4 * np.sqrt(2 / n))


def test_which_way_wastes_less_is_told_beforehand() -> None:
    early, late = (0.9, 0.1), (0.1, 0.9)
    one, other = (
        Proposer(end_of(TRIANGLE), end_of(SQUARE), False),
        Proposer(end_of(SQUARE), end_of(TRIANGLE), True),
    )
    assert one.expected(early) > other.expected(early)
    assert one.expected(late) < other.expected(late)
    assert one.expected((1.0, 0.0)) == np.inf


def test_who_finds_nothing_gives_up_and_counts_for_nothing() -> None:
    way = Proposer(end_of(SQUARE), end_of(SQUARE), False)
    x = np.array([[1.5, 80.0], [1.5, 0.0]])
    drawn = way.draw(x, (0.5, 0.5), 50, Generators(rng(4)))
    assert drawn.found.tolist() == [True, False]
    assert drawn.proposals == 1


def test_it_stops_when_told() -> None:
    way = Proposer(end_of(SQUARE), end_of(SQUARE), False)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(Cancelled):
        way.draw(np.full((2, 1), 80.0), (0.5, 0.5), 10**9, Generators(rng(5)), cancelled)
    assert len(asked) == 3
