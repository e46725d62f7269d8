"""The disc's chords, turned at once, beside edges followed one by one and closed forms."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlab.core import domains
from flowlab.core.domains.discs import RECORDED
from tests.helpers.walls import circle, draw

DISC = domains.disc()


def test_chords_are_those_of_a_fine_polygon() -> None:
    fine = domains.polygon(circle(490, 1 / math.cos(math.pi / 980)))
    x, step = draw(DISC, 120, 0.5)
    one, other = DISC.trace(x, step), fine.trace(x, step)
    few = (one.bounces <= 5) & (one.bounces == other.bounces)
    assert float(few.double().mean()) > 0.9
    gap = (one.points - other.points).norm(dim=1)
    assert float(gap[few].quantile(0.95)) < 0.05  # a corner's normal is off by half an edge
    assert torch.allclose(one.push[few], other.push[few], atol=0.05)


@pytest.mark.parametrize("sides", [3, 4, 7, 100, 100_001])
def test_a_regular_polygon_is_a_closed_path(sides: int) -> None:
    """From the middle of a side on, once around."""
    corners = circle(sides)
    middle, chord = corners[:2].mean(axis=0), corners[1] - corners[0]
    step = chord * sides
    trace = DISC.trace([middle], [step], 0)
    assert np.allclose(trace.points.numpy(), [middle], atol=1e-9)
    assert int(trace.bounces) == sides
    assert float(trace.push) == pytest.approx(  # each hit turns the way that is left
        sum(2 * math.sin(math.pi / sides) * (k + 0.5) for k in range(sides)) * np.hypot(*chord)
    )


def test_a_hundred_thousand_bounces_cost_as_much_as_one() -> None:
    x = np.tile([1.0, 0.0], (20_000, 1))
    step = np.tile([-2e-5 * math.pi**2, 2 * math.pi], (20_000, 1))
    start = time.process_time()
    bounces = DISC.bounces(x, step)
    assert time.process_time() - start < 5
    assert int(bounces[0]) == pytest.approx(1e5, rel=0.001)
    assert bool(DISC.inside(DISC.reflect(x, step)).all())


def test_whoever_grazes_the_wall_slides_along_it() -> None:
    ends = DISC.reflect([[1.0, 0.0], [0.0, -1.0]], [[0.0, 1.0], [-2.0, 0.0]]).numpy()
    expected = [[math.cos(1), math.sin(1)], [-math.sin(2), -math.cos(2)]]
    assert np.allclose(ends, expected, atol=1e-9)


def test_through_the_middle_and_back() -> None:
    ends = DISC.reflect([[0.0, 0.0], [0.5, 0.0], [0.0, 0.0]], [[3.0, 0.0], [0.0, 0.0], [0, -2.0]])
    assert np.allclose(ends.numpy(), [[-1.0, 0.0], [0.5, 0.0], [0.0, 0.0]], atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    st.floats(0, 2), st.floats(0, 7), st.floats(0, 7), st.floats(-20, 12), st.sampled_from([1, 1e4])
)
def test_any_step_from_any_point_ends_inside(
    r: float, place: float, way: float, size: float, far: float
) -> None:
    domain = domains.disc(2.0, (far, -far))
    x = [[far + r * math.cos(place), -far + r * math.sin(place)]]
    step = [[10**size * math.cos(way), 10**size * math.sin(way)]]
    trace = domain.trace(x, step)
    assert bool(domain.inside(trace.points).all())
    assert len(trace.hit_arc) == min(int(trace.bounces), RECORDED)


def test_the_arc_goes_around_from_the_right() -> None:
    domain = domains.disc(2.0, (1.0, 1.0))
    trace = domain.trace([[1.0, 1.0]], [[0.0, 11.0]])
    assert np.allclose(trace.hit_place.numpy(), [[1, 3], [1, -1], [1, 3]])
    assert np.allclose(trace.hit_arc.numpy(), np.array([0.5, 1.5, 0.5]) * math.pi * 2)


def test_its_measures() -> None:
    domain = domains.disc(2.0, (1.0, 0.0))
    assert domain.area == pytest.approx(4 * math.pi)
    assert domain.perimeter == pytest.approx(4 * math.pi)
    assert domain.bounds == (-1.0, -2.0, 3.0, 2.0)
    assert np.allclose(np.hypot(*(domain.rings[0] - (1, 0)).T), 2.0)
    assert np.allclose(domain.distance([[1, 0], [4, 0], [1, -2]]).numpy(), [2, -1, 0])
    assert np.allclose(domain.normal([[4, 0], [1, -2]]).numpy(), [[-1, 0], [0, 1]])
