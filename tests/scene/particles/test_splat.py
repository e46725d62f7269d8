from __future__ import annotations

import numpy as np
import pytest

from flowlab.scene.base.stage import Scratch
from flowlab.scene.particles import splat

WINDOW = splat.Window(30, 20, 200, 150)


def dots(points, radius):
    amount = splat.accumulator(WINDOW, Scratch())
    splat.add_dots(amount, WINDOW, points.astype(np.float32), splat.stamps(radius))
    return splat.inner(amount)


@pytest.fixture
def inside():
    rng = np.random.default_rng(3)
    return rng.uniform([40, 30], [220, 160], (700, 2))


@pytest.mark.parametrize("radius", [0.0, 0.5, 1.0, 1.5, 3.0])
def test_every_particle_adds_a_mass_of_one(inside, radius):
    assert dots(inside, radius).sum() == pytest.approx(700, rel=1e-5)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5, 3.0])
def test_a_dot_lies_where_its_particle_is(radius, scenes):
    for point in np.random.default_rng(1).uniform(60, 120, (40, 2)):
        where = scenes.centroid(dots(point[None], radius)) + np.array([WINDOW.x, WINDOW.y])
        assert where == pytest.approx(point, abs=0.12)


def test_particles_off_the_picture_or_not_finite_add_nothing(inside):
    stray = np.array([[np.nan, 50], [1e9, 50], [-1e9, 50], [100, np.inf], [100, -500]])
    both = dots(np.concatenate([inside, stray]), 1.5)
    np.testing.assert_array_equal(both, dots(inside, 1.5))


def test_the_ink_of_a_line_is_its_length_times_its_fading():
    knots = np.array([[[200, 100]], [[120, 60]]], np.float32)  # 80 pixels across, 40 up
    amount = splat.accumulator(WINDOW, Scratch())
    splat.add_lines(amount, WINDOW, knots, samples=80, ink=0.5)
    mean_fade = 1 / 2.5  # of (1 - age)^1.5
    assert amount.sum() == pytest.approx(80 * 0.5 * mean_fade, rel=0.02)


def test_a_line_passes_through_its_knots():
    knots = np.array([[[200, 100]], [[120, 100]]], np.float32)
    amount = splat.accumulator(WINDOW, Scratch())
    splat.add_lines(amount, WINDOW, knots, samples=400, ink=1.0)
    light = splat.inner(amount)
    rows = np.flatnonzero(light.sum(1) > 0) + WINDOW.y
    assert set(rows) <= {99, 100}
    columns = np.flatnonzero(light.sum(0) > 1e-4) + WINDOW.x
    assert columns.min() == pytest.approx(121, abs=2)
    assert columns.max() == pytest.approx(199, abs=2)


def test_exposure_lets_few_and_many_read():
    """A lone dot is clearly visible, and 500,000 particles don't saturate at a typical place."""
    rng = np.random.default_rng(0)
    lone = dots(np.array([[100.3, 90.2]]), 1.5)
    area = np.pi * 1.5**2
    seen = 1 - np.exp(-lone.max() * splat.exposure(lone, area))
    crowd = dots(rng.normal([130, 95], 25, (500_000, 2)), 0.0)
    mean = (crowd * crowd).sum() / crowd.sum()
    covered = 1 - np.exp(-mean * splat.exposure(crowd, 1.0))
    assert 0.6 < seen < 0.95
    assert 0.6 < covered < 0.95


def test_scratch_memory_is_used_again():
    scratch = Scratch()
    first = splat.accumulator(WINDOW, scratch)
    assert np.shares_memory(first, splat.accumulator(WINDOW, scratch))
