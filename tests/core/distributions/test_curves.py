"""Curves by arc length: lengths, means and blurred densities beside closed forms and quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, special

from flowlab.core.distributions import curves
from flowlab.core.document import shapes
from tests.helpers.randomness import rng


def length_of(path, start: float, stop: float) -> float:
    """Of a curve given by its complex derivative."""
    return integrate.quad(lambda u: abs(path(u)), start, stop, limit=200)[0]


def spiral_slope(radius: float, turns: float):
    def slope(u: float) -> complex:
        return radius * (0.94 + (0.06 + 0.94 * u) * 2j * math.pi * turns)

    return slope


def roll_slope(radius: float):
    def slope(t: float) -> complex:
        return radius / (4.5 * math.pi) * (1 + 1j * t)

    return slope


LENGTHS = {
    "moons": (curves.moons(shapes.Moons(radius=2.0)), 4 * math.pi),
    "rings": (curves.rings(shapes.Rings(count=3, radius=3.0)), 12 * math.pi),
    "s curve": (curves.s_curve(shapes.SCurve(radius=1.5)), 2 * 1.5 * 1.5 * math.pi),
    "spiral": (
        curves.spiral(shapes.Spiral(count=2, turns=1.5, radius=4.0)),
        2 * length_of(spiral_slope(4.0, 1.5), 0, 1),
    ),
    "swiss roll": (
        curves.swiss_roll(shapes.SwissRoll(radius=4.0)),
        length_of(roll_slope(4.0), 1.5 * math.pi, 4.5 * math.pi),
    ),
    "smiley": (
        curves.smiley(shapes.Smiley(radius=4.0)),
        2 * math.pi * 4 * (1 + 0.2) + 0.58 * 4 * math.radians(130),
    ),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_lengths_are_those_of_the_curves(name: str) -> None:
    found, true = LENGTHS[name]
    assert found.length == pytest.approx(true, rel=1e-6)


@pytest.mark.parametrize("name", LENGTHS)
def test_chords_are_of_equal_length_along_each_curve(name: str) -> None:
    found, _ = LENGTHS[name]
    sizes = found.chords[:, 2:].norm(dim=1)
    for start, stop in zip(found.first[:-1].long(), found.first[1:].long(), strict=True):
        own = sizes[start:stop]
        assert float(own.max() / own.min()) < 1 + 1e-3


def test_a_chord_sags_a_millionth_of_the_size() -> None:
    """The middle of a chord of a circle lies r (1 - cos(half its angle)) within."""
    found = curves.rings(shapes.Rings(count=1, radius=3.0))
    middle = found.chords[:, :2] + found.chords[:, 2:] / 2
    sag = float((3.0 - middle.norm(dim=1)).max())
    assert 0 < sag < 1e-6 * 3.0


@pytest.mark.parametrize("name", LENGTHS)
def test_draws_lie_on_chords_evenly_by_length(name: str) -> None:
    found, _ = LENGTHS[name]
    n = 40_000
    x, _ = found.draw(n, rng(1))
    middles, sizes = found.chords[:, :2] + found.chords[:, 2:] / 2, found.chords[:, 2:].norm(dim=1)
    share = (sizes / sizes.sum())[:, None]
    mean = (share * middles).sum(0)
    spread = (share * (middles - mean).square()).sum(0)
    assert bool(((x - mean).mean(0).abs() < 4 * (spread / n).sqrt()).all())
    np.testing.assert_allclose(
        (x - mean).square().mean(0), spread, atol=4 * float(spread.sum()) / math.sqrt(n)
    )
    apart = torch.cdist(x[:200], found.chords[:, :2]).amin(1)
    assert float((apart / sizes.max()).max()) < 0.51


def test_of_a_moon_the_mean_height_is_two_over_pi() -> None:
    x, label = curves.moons(shapes.Moons(radius=1.0)).draw(100_000, rng(2))
    assert label is not None
    for k, sign in ((0, 1), (1, -1)):
        mine = x[label == k]
        error = 4 * 0.31 / math.sqrt(len(mine))
        # the upper one about (-1/2, -1/4), the lower one about (1/2, 1/4)
        assert float(mine[:, 1].mean()) == pytest.approx(sign * (2 / math.pi - 0.25), abs=error)
        assert len(mine) == pytest.approx(50_000, abs=4 * math.sqrt(25_000))


def test_each_class_has_as_much_as_it_is_long() -> None:
    _, label = curves.rings(shapes.Rings(count=3)).draw(60_000, rng(3))
    assert label is not None
    for k in (0, 1, 2):
        share = (k + 1) / 6
        error = 4 * math.sqrt(share * (1 - share) / 60_000)
        assert float((label == k).double().mean()) == pytest.approx(share, abs=error)
    smiley = curves.smiley(shapes.Smiley())
    assert smiley.labels is not None
    assert smiley.labels.tolist() == [0, 1, 2]
    assert curves.s_curve(shapes.SCurve()).labels is None
    assert curves.swiss_roll(shapes.SwissRoll()).draw(5, rng())[1] is None


@pytest.mark.parametrize("sigma", [0.05, 0.4, 2.0])
def test_a_blurred_ring_is_a_bessel_function(sigma: float) -> None:
    """p(x) = exp(-(r - R)^2 / 2 s^2) I0e(r R / s^2) / (2 pi s^2); off by a few 1e-5 of its peak."""
    radius = 3.0
    ring = curves.rings(shapes.Rings(count=1, radius=radius))
    assert ring.has_density(sigma)
    r = torch.linspace(max(0.0, radius - 4 * sigma), radius + 4 * sigma, 60).double()
    angle = torch.linspace(0, 7, 60).double()
    x = torch.stack([r * angle.cos(), r * angle.sin()], 1)
    logs = ring.log_density(x, sigma, 0.0).numpy()
    rr = r.numpy()
    true = -((rr - radius) ** 2) / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)
    true += np.log(special.i0e(rr * radius / sigma**2))
    np.testing.assert_allclose(np.exp(logs), np.exp(true), atol=5e-5 * np.exp(true).max())
    np.testing.assert_allclose(logs, true, atol=2e-4)  # far out the chords' sag is felt as well


def test_a_density_is_known_where_it_is_blurred_and_the_sum_is_affordable() -> None:
    ring = curves.rings(shapes.Rings(count=1, radius=3.0))
    assert not ring.has_density(0.0)
    assert not ring.has_density(2 * ring.length / curves.MOST_NODES * 0.99)
    assert ring.has_density(2 * ring.length / curves.MOST_NODES * 1.01)
