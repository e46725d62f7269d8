"""Amounts of ink against sums made one particle after the other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.scene.base.camera import Affine
from flowlab.scene.base.stage import Scratch
from flowlab.scene.particles.ink_buffer import (
    EXPOSURE,
    PAD,
    PLAIN,
    Ink,
    Window,
    accumulator,
    add,
    exposure,
    finite,
    inner,
    window_of,
)
from flowlab.scene.particles.particle_colours import Tint

SHAPE = (4, 5)
PALETTE = np.array([[255, 0, 0], [0, 0, 255], [10, 20, 30]], np.uint8)
CODES = np.array([0, 1, 2, 1, 0, 0], np.uint8)
PLACES = np.array([3, 3, 7, 19, 3, 0])
EVERYTHING = slice(0, len(CODES))


def floats(*values):
    return np.array(values, np.float32)


def test_finite_points_have_two_finite_coordinates():
    points = floats([0, 1], [np.nan, 1], [1, np.inf], [-np.inf, np.nan])
    assert finite(points).tolist() == [True, False, False, False]


@given(
    st.lists(st.tuples(st.floats(-50, 90), st.floats(-50, 90)), min_size=1, max_size=6),
    st.integers(0, 5),
)
def test_a_window_is_the_points_box_and_margin_on_the_picture(points, margin):
    pixels = floats(*points)
    window = window_of(pixels, 40, 30, margin)
    low, high = np.floor(pixels.min(0)) - margin, np.ceil(pixels.max(0)) + margin
    x0, y0 = (max(0, int(v)) for v in low)
    x1, y1 = min(40, int(high[0])), min(30, int(high[1]))
    if x1 <= x0 or y1 <= y0:
        assert window is None
    else:
        assert window == Window(x0, y0, x1 - x0, y1 - y0, max(PAD, 2 * margin))


def test_a_window_ignores_points_that_are_not_finite():
    points = floats([10, 10], [20, 15], [np.nan, np.nan])
    assert window_of(points, 40, 30, 1) == window_of(points[:2], 40, 30, 1)
    assert window_of(points[2:], 40, 30, 1) is None
    assert window_of(points[:0], 40, 30, 1) is None


def test_a_window_of_moved_and_mirrored_points():
    points, affine = floats([1, 1], [3, 2]), Affine(4.0, 2.0, -5.0, 25.0)
    assert window_of(points, 40, 30, 0, affine) == Window(6, 15, 8, 5)


def test_an_accumulator_is_zero_even_in_memory_used_before():
    window, scratch = Window(0, 0, 6, 3, 2), Scratch()
    accumulator(window, scratch).fill(7)
    plain, mixed = accumulator(window, scratch), accumulator(window, Scratch(), mixed=True)
    assert (plain.shape, mixed.shape) == ((7, 10), (4, 7, 10))
    assert not plain.any()
    assert inner(mixed, 2).shape == (4, 3, 6)


def test_plain_ink_counts_every_particle_also_on_one_pixel():
    amount = np.zeros(SHAPE, np.float32)
    add(amount, PLACES, np.float32(1), PLAIN, EVERYTHING, Scratch())
    np.testing.assert_array_equal(amount.reshape(-1), np.bincount(PLACES, minlength=20))


def test_mixed_ink_has_the_weighted_mean_of_the_colours():
    weights = floats(1, 3, 2, 0.5, 4, 1)
    amount = np.zeros((4, *SHAPE), np.float32)
    add(amount, PLACES, weights, Ink(Tint(CODES, PALETTE)), EVERYTHING, Scratch())
    total, *planes = amount.reshape(4, -1)
    for place in set(PLACES.tolist()):
        here = place == PLACES
        mean = np.average(PALETTE[CODES[here]], axis=0, weights=weights[here])
        assert total[place] == weights[here].sum()
        np.testing.assert_allclose([plane[place] / total[place] for plane in planes], mean)


def test_owned_pixels_have_the_code_of_one_of_their_particles():
    owner = np.full(SHAPE, 9, np.uint8)
    amount = np.zeros(SHAPE, np.float32)
    add(amount, PLACES, np.float32(1), Ink(Tint(CODES, PALETTE), owner), EVERYTHING, Scratch())
    flat = owner.reshape(-1)
    for place in range(20):
        assert flat[place] in (CODES[place == PLACES] if place in PLACES else [9])
    np.testing.assert_array_equal(amount.reshape(-1), np.bincount(PLACES, minlength=20))


def test_a_chunk_has_the_colours_of_its_own_particles():
    ink = Ink(Tint(CODES, PALETTE))
    np.testing.assert_array_equal(ink.colours(slice(1, 4), Scratch()).T, PALETTE[[1, 2, 1]])
    assert ink.codes(slice(1, 4)) is None
    assert PLAIN.colours(slice(1, 4), Scratch()) is None


@pytest.mark.parametrize("area", [1, 7])
def test_the_exposure_of_a_lone_dot_and_of_a_pile(area):
    dot = np.zeros((9, 9), np.float32)
    dot.reshape(-1)[:area] = 1 / area
    assert exposure(dot, area) == pytest.approx(EXPOSURE * area)  # its depth is EXPOSURE
    assert exposure(100 * dot, area) == pytest.approx(EXPOSURE * area / 100**0.94)
    assert exposure(0 * dot, area) == pytest.approx(EXPOSURE * area)
    assert math.isfinite(exposure(dot, area))
