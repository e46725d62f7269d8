"""Distances and angles to the exact field, against sums written out."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.blending.tangent.errors import angle, distance, noise, noise_angle
from flowlab.core.blending.tangent.exact import Exact

RNG = np.random.default_rng(0)


def exact(times: int = 3, cells: int = 8, speed: float = 2.0) -> Exact:
    density = RNG.uniform(0.1, 1.0, (times, cells, cells)).astype(np.float32)
    density[:, 0] = 0.0  # the field is known elsewhere
    density[-1] = 0.0
    values = RNG.normal(size=(times, cells, cells, 2)).astype(np.float32)
    return Exact(values=values, density=density, speed=speed, asked=times)


def parts(field: Exact) -> list[tuple[np.ndarray, np.ndarray, slice]]:
    """Exact vectors, weights and places of each time."""
    found, at = [], 0
    for values, density in zip(field.values, field.density, strict=True):
        known = density > 0
        stop = at + int(known.sum())
        found.append((values[known], density[known], slice(at, stop)))
        at = stop
    return found


def test_the_distance_is_the_weighted_rms_over_the_speed() -> None:
    field = exact()
    v = field.v + RNG.normal(size=field.v.shape)
    v[3] = np.nan  # a place that has no estimate
    found = distance(v, field)
    for (values, weights, place), told in zip(parts(field), found, strict=True):
        off = np.square(v[place] - values).sum(1)
        here = np.isfinite(off)
        if here.any():
            wanted = np.sqrt(np.average(off[here], weights=weights[here])) / 2.0
            assert told == pytest.approx(wanted, rel=1e-5)
        else:
            assert np.isnan(told)
    assert np.isnan(found[-1])
    assert np.isnan(distance(v, exact(speed=0.0))).all()


def test_the_noise_is_the_distance_that_errors_of_that_size_make() -> None:
    field = exact()
    stderr = RNG.uniform(0.1, 0.5, len(field.v))
    one = RNG.normal(size=field.v.shape)
    pushed = field.v + stderr[:, None] * one / np.hypot(*one.T)[:, None]
    np.testing.assert_allclose(noise(stderr, field)[:-1], distance(pushed, field)[:-1], rtol=1e-4)


def test_a_turned_field_has_its_angle_whatever_its_length() -> None:
    field = exact()
    for degrees in (0.0, 30.0, 90.0, 180.0):
        a = np.radians(degrees)
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        lengths = RNG.uniform(0.5, 3.0, (len(field.v), 1))
        found = angle((field.v @ turn * lengths).astype(np.float32), field)
        np.testing.assert_allclose(found[:-1], degrees, atol=0.05)
        assert np.isnan(found[-1])


def test_the_median_angle_is_weighted() -> None:
    density = np.array([[[1.0, 1.0, 3.0]]], np.float32)
    values = np.tile(np.float32([1.0, 0.0]), (1, 1, 3, 1))
    field = Exact(values=values, density=density, speed=1.0, asked=1)
    v = np.array([[np.cos(a), np.sin(a)] for a in np.radians([80.0, 70.0, 10.0])], np.float32)
    assert angle(v, field)[0] == pytest.approx(10.0, abs=1e-3)
    even = Exact(values=values, density=np.ones_like(density), speed=1.0, asked=1)
    assert angle(v, even)[0] == pytest.approx(70.0, abs=1e-3)


def test_the_angle_of_noise_is_what_such_noise_turns() -> None:
    """Normal errors of rms length 0.05, as large along as across, on vectors of length 1."""
    n = 40_000
    a = RNG.uniform(0, 2 * np.pi, n)
    values = np.stack([np.cos(a), np.sin(a)], 1).astype(np.float32).reshape(1, 200, 200, 2)
    field = Exact(values=values, density=np.ones((1, 200, 200), np.float32), speed=1.0, asked=1)
    noisy = field.v + RNG.normal(scale=0.05 / np.sqrt(2), size=field.v.shape)
    expected = noise_angle(np.full(n, 0.05), field)[0]
    assert angle(noisy.astype(np.float32), field)[0] == pytest.approx(expected, rel=0.05)
