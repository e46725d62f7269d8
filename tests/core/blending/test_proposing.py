"""Pairs by rejection between two boxes, whose cut and chance are known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from flowlab.core.blending.factory import deblender_of
from flowlab.core.blending.interfaces import Generators
from flowlab.core.blending.rejecting import RejectionDeblender
from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Polygon
from flowlab.core.exact.outlines import outline_of
from flowlab.core.exact.posterior.ends import Region
from flowlab.core.exact.posterior.proposals import Proposer
from flowlab.core.solvers.ode import Cancelled

BOXES = (((-3.0, -1.0), (-1.0, 1.0)), ((1.0, 5.0), (-2.0, 2.0)))  # x and y from, to


def shape(box: tuple[tuple[float, float], tuple[float, float]]) -> Polygon:
    (a, b), (c, d) = box
    return Polygon(vertices=((a, c), (b, c), (b, d), (a, d)))


SHAPES = [shape(box) for box in BOXES]
LAWS = tuple(build(each) for each in SHAPES)


def region(k: int) -> Region:
    outline = outline_of(SHAPES[k])
    assert outline is not None
    return Region(outline)


def cut(x: float, alpha: float, axis: int) -> tuple[float, float]:
    """Where x0 can be, along an axis: in its box, with x1 = (x - (1 - alpha) x0) / alpha in its."""
    (low, high), (near, far) = BOXES[0][axis], BOXES[1][axis]
    ends = [(x - alpha * end) / (1 - alpha) for end in (far, near)]
    return max(low, ends[0]), min(high, ends[1])


def dealt(seed: int = 1) -> Generators:
    return Generators(torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("from_target", [False, True])
def test_what_a_pair_costs_is_one_over_its_chance(from_target: bool) -> None:
    alpha, n = 0.4, 20_000
    middle = np.repeat([[0.6 * -2 + 0.4 * 3], [0.0]], n, 1)  # the cut is whole in either box
    ends = region(0), region(1)
    way = Proposer(*(ends[::-1] if from_target else ends), from_target)
    drawn = way.draw(middle, (1 - alpha, alpha), 1000, dealt())
    assert drawn.found.all()
    sides = [cut(middle[i, 0], alpha, i) for i in (0, 1)]
    area = math.prod(high - low for low, high in sides)  # of x0; of x1 it is (0.6/0.4)^2 of it
    chance = area * (0.6 / 0.4) ** 2 / 16 if from_target else area / 4
    spread = math.sqrt(1 - chance) / chance
    assert drawn.proposals / n == pytest.approx(1 / chance, abs=5 * spread / n**0.5 + 1e-9)
    weight = 0.36 if from_target else 0.16  # of the end that is solved for, squared
    assert way.expected((1 - alpha, alpha)) == pytest.approx(
        (1 / 4 if from_target else 1 / 16) / weight
    )


def test_the_ends_of_alpha_cost_without_bound() -> None:
    assert Proposer(region(0), region(1), False).expected((1.0, 0.0)) == math.inf
    assert Proposer(region(1), region(0), True).expected((0.0, 1.0)) == math.inf


def test_who_finds_none_has_none_and_its_tries_are_not_told() -> None:
    way = Proposer(region(0), region(1), False)
    x = np.array([[0.0, 50.0], [0.0, 50.0]])
    drawn = way.draw(x, (0.6, 0.4), 64, dealt())
    assert drawn.found.tolist() == [True, False]
    assert 1 <= drawn.proposals <= 64
    with pytest.raises(Cancelled):
        way.draw(x, (0.6, 0.4), 64, dealt(), cancelled=lambda: True)


WAYS = {
    "uniform": deblender_of(*SHAPES),
    "rejection": RejectionDeblender(region(0), region(1), LAWS, False, 20_000),  # type: ignore[arg-type]
    "cheaper": RejectionDeblender(region(0), region(1), LAWS, True, 20_000),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("x", "alpha"), [((0.0, 0.0), 0.4), ((-1.6, 0.9), 0.2), ((2.2, 1.2), 0.8)])
def test_given_a_blend_the_source_is_uniform_on_the_cut(
    way: str, x: tuple[float, float], alpha: float
) -> None:
    n = 4000
    points = np.repeat(np.array(x)[:, None], n, 1)
    drawn = WAYS[way].draw(points, alpha, dealt(7))
    assert drawn.found.all()
    np.testing.assert_allclose((1 - alpha) * drawn.x0 + alpha * drawn.x1, points, atol=1e-9)
    for axis in (0, 1):
        low, high = cut(x[axis], alpha, axis)
        law = stats.uniform(low, high - low)
        assert stats.kstest(drawn.x0[axis], law.cdf).pvalue > 1e-4
    assert abs(stats.spearmanr(*drawn.x0).statistic) < 5 / n**0.5


def test_a_corner_that_hardly_anything_reaches_is_met_by_its_cut() -> None:
    """One proposal in 10,000 would do: the intersection itself is drawn from."""
    alpha = 0.5
    x = np.repeat([[0.5 * -3.0 + 0.5 * 1.0 + 1e-4], [0.0]], 200, 1)  # beside both left ends
    drawn = WAYS["uniform"].draw(x, alpha, dealt(3))
    assert drawn.found.all()
    low, high = cut(x[0, 0], alpha, 0)
    assert high - low == pytest.approx(2e-4)
    assert (drawn.x0[0] >= low - 1e-9).all()
    assert (drawn.x0[0] <= high + 1e-9).all()
    assert np.ptp(drawn.x0[0]) > 1e-4


def test_rejection_gives_up_where_uniform_does_not() -> None:
    x = np.repeat([[0.5 * -3.0 + 0.5 * 1.0 + 1e-6], [0.0]], 20, 1)
    short = RejectionDeblender(region(0), region(1), LAWS, False, 50)  # type: ignore[arg-type]
    assert not short.draw(x, 0.5, dealt()).found.any()
    assert "50 tries" in short.note
    assert WAYS["uniform"].draw(x, 0.5, dealt()).found.all()


@pytest.mark.parametrize("way", WAYS)
def test_both_ends_are_drawn_from_their_boxes(way: str) -> None:
    for box, drawn in zip(
        BOXES, (WAYS[way].sources(3000, dealt()), WAYS[way].targets(3000, dealt())), strict=True
    ):
        for axis, (low, high) in enumerate(box):
            assert stats.kstest(drawn[axis], stats.uniform(low, high - low).cdf).pvalue > 1e-4
