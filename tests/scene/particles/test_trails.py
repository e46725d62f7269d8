"""Trails of a flow along straight lines, whose places and lengths are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flowlab.core.document.view import View
from flowlab.scene.particles.trails import (
    KNOTS,
    LEAST_SAMPLES,
    LONGEST_STEP,
    path_length,
    thinned,
    times,
    trails_of,
)

WIDTH, HEIGHT, HALF = 300, 240, 6.0
SCALE = HEIGHT / (2 * HALF)  # pixels a unit
PLENTY = 1_000_000
VIEW = View(show_trails=True, trail=0.3)


@pytest.fixture
def flow(scenes):
    """Sixty-four particles, each of which goes (3, 1) along a straight line."""
    start = np.random.default_rng(0).uniform(-3, 3, (64, 2))
    return scenes.straight(start, start + np.array([3.0, 1.0]))


def stage_at(scenes, bundle, t, view=VIEW):
    return scenes.stage_of(scenes.frame_of(bundle, t, HALF, view), WIDTH, HEIGHT)


def pixels(points):
    """Device pixels of points of the plane, y downwards, about the middle of the picture."""
    return np.stack([WIDTH / 2 + SCALE * points[:, 0], HEIGHT / 2 - SCALE * points[:, 1]], axis=-1)


def test_knots_lie_where_the_particles_were(scenes, flow):
    stage = stage_at(scenes, flow, 0.6)
    trails = trails_of(stage, PLENTY)
    assert times(stage) == pytest.approx([0.6, 0.5, 0.4, 0.3])
    assert (trails.stride, trails.knots.shape) == (1, (KNOTS, 64, 2))
    for knots, t in zip(trails.knots, (0.6, 0.5, 0.4, 0.3), strict=True):
        where = flow.points[0] + t * (flow.points[1] - flow.points[0])
        np.testing.assert_allclose(knots, pixels(where), atol=1e-3)


def test_trails_start_at_t_zero(scenes, flow):
    stage = stage_at(scenes, flow, 0.1)
    assert times(stage)[-1] == 0.0
    np.testing.assert_allclose(
        trails_of(stage, PLENTY).knots[-1], pixels(flow.points[0]), atol=1e-3
    )


def test_there_are_none_at_the_start_or_if_they_are_switched_off(scenes, flow):
    assert trails_of(stage_at(scenes, flow, 0.0), PLENTY) is None
    assert trails_of(stage_at(scenes, flow, 0.5, View(show_trails=False)), PLENTY) is None
    assert trails_of(stage_at(scenes, None, 0.5), PLENTY) is None


@pytest.mark.parametrize("budget", [40, 150, 700])
def test_a_small_budget_gives_every_2_to_the_k_th_particle_a_trail(scenes, flow, budget):
    long = math.hypot(3, 1) * VIEW.trail * SCALE
    needed = 64 * max(LEAST_SAMPLES, long / LONGEST_STEP) / budget
    stride = trails_of(stage_at(scenes, flow, 0.6), budget).stride
    assert stride in (1, 2, 4, 8, 16, 32, 64)
    assert max(needed, 1) <= stride < max(2 * needed, 1.5)


def test_the_stride_does_not_depend_on_t(scenes, flow):
    strides = {trails_of(stage_at(scenes, flow, t), 150).stride for t in (0.05, 0.4, 1.0)}
    assert len(strides) == 1


def test_samples_stay_within_the_budget(scenes, flow):
    for budget in (300, 2000, PLENTY):
        trails = trails_of(stage_at(scenes, flow, 0.6), budget)
        drawn = trails.knots.shape[1] * trails.samples
        assert drawn <= max(budget, trails.knots.shape[1] * (KNOTS - 1))
    across = 3 * VIEW.trail * SCALE  # the longer side of each trail
    assert trails.samples == pytest.approx(across / 1.5, abs=1)  # about one a pixel


def test_trails_bend_between_old_and_new_weights(scenes, flow):
    new = scenes.straight(flow.points[0], flow.points[0] + np.array([1.0, -5.0]))
    frame = scenes.frame_of(new, 0.6, HALF, VIEW, blend_from=flow, blend=0.5)
    knots = trails_of(scenes.stage_of(frame, WIDTH, HEIGHT), PLENTY).knots
    mean = flow.points[0] + 0.3 * np.array([2.0, -2.0])  # half way, at the last knot
    np.testing.assert_allclose(knots[-1], pixels(mean), atol=1e-3)


def test_a_path_has_the_length_of_its_line(flow):
    assert path_length(flow) == pytest.approx(math.hypot(3, 1), rel=1e-5)


def test_a_path_length_ignores_lost_particles(scenes):
    ends = np.array([[3.0, 4.0], [np.nan, 0.0], [3.0, 4.0]])
    assert path_length(scenes.straight(np.zeros((3, 2)), ends)) == pytest.approx(5)
    assert path_length(scenes.straight(np.zeros((1, 2)), ends[1:2])) == 1.0


def test_a_thinned_bundle_is_computed_once(flow):
    few = thinned(flow, 4)
    np.testing.assert_array_equal(few.points, flow.points[:, ::4])
    assert thinned(flow, 4) is few
    assert thinned(flow, 1) is flow
