"""Images in walls that aren't a kaleidoscope: corners of any angle, and curved walls."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.curved_wall import log_image
from flowlab.core.domains.kernels.factory import kernel
from flowlab.core.domains.kernels.polygon import PolygonShape
from flowlab.core.domains.kernels.polygon_images import PolygonImages
from flowlab.core.domains.kernels.walls import walls_of
from flowlab.core.domains.kernels.wedge import wedge
from tests.helpers.walled import ELL, EQUILATERAL, RING, SQUARE, STAR, Walled, circle, within


def images_of(*rings: Doubles) -> PolygonImages:
    return PolygonImages(PolygonShape(rings), rings)


@pytest.mark.parametrize("ring", [SQUARE, EQUILATERAL], ids=["square", "equilateral"])
@pytest.mark.parametrize("sigma", [0.01, 0.05, 0.1])
def test_where_the_mirrors_tile_the_plane_they_are_exact(ring: Doubles, sigma: float) -> None:
    exact = kernel(Walled((ring,)))
    start = within(exact, 100)
    x = start + sigma * np.random.default_rng(0).normal(size=start.shape)
    keep = exact.shape.inside(x)
    x, start, tau = x[keep], start[keep], np.full(int(keep.sum()), sigma**2 / 2)
    found = images_of(ring).values(x, start, tau)
    known = exact.images.values(x, start, tau)
    np.testing.assert_allclose(found.density, known.density, rtol=1e-5, atol=1e-6 / sigma**2)
    off = np.abs(found.score - known.score) * sigma
    assert np.median(off) < 1e-6


def test_the_wedge_is_the_sum_of_images_where_that_is_exact() -> None:
    rng = np.random.default_rng(0)
    r, r0, tau = rng.uniform(0.05, 1.0, 50), rng.uniform(0.05, 1.0, 50), np.full(50, 0.05)
    for m in (1, 2, 3):
        opening = math.pi / m
        a, b = rng.uniform(0, opening, (2, 50))
        images = sum(
            np.exp(-(r**2 + r0**2 - 2 * r * r0 * np.cos(a - 2 * k * opening - s * b)) / (4 * tau))
            for k in range(m)
            for s in (1, -1)
        ) / (4 * math.pi * tau)
        np.testing.assert_allclose(wedge(r, a, r0, b, opening, tau), images, rtol=1e-7)


def test_behind_a_half_plane_is_sommerfeld_s_shadow() -> None:
    from scipy.special import erf

    rng = np.random.default_rng(0)
    r, r0, tau = rng.uniform(0.1, 0.6, 50), rng.uniform(0.1, 0.6, 50), np.full(50, 0.05)
    a, b = rng.uniform(0, 2 * math.pi, (2, 50))
    known = 0.0
    for apart in (a - b, a + b):
        square = r**2 + r0**2 - 2 * r * r0 * np.cos(apart)
        lit = 1 + erf(np.sqrt(r * r0 / tau) * np.cos(apart / 2))
        known = known + lit * np.exp(-square / (4 * tau)) / (8 * math.pi * tau)
    np.testing.assert_allclose(wedge(r, a, r0, b, 2 * math.pi, tau), known, rtol=1e-6)


def test_a_curved_wall_adds_what_mckean_and_singer_found() -> None:
    """On the wall 1 + k sqrt(pi tau) / 4 times the half plane's density."""
    zero, tau = np.zeros(1), np.full(1, 0.01)
    free = 1 / (4 * math.pi * 0.01)
    for k in (1e-3, -1e-3):
        image = np.exp(log_image(zero, zero, zero, k, tau))[0]
        half = 1 + k * math.sqrt(math.pi * 0.01) / 4
        assert (free + image) / (2 * free) == pytest.approx(half, rel=1e-6)


def test_in_a_flat_wall_the_image_is_the_mirror_s() -> None:
    u, u0, v, tau = np.array([0.1]), np.array([0.2]), np.array([0.3]), np.array([0.02])
    known = math.exp(-(0.3**2 + 0.3**2) / 0.08) / (4 * math.pi * 0.02)
    assert np.exp(log_image(u, u0, v, 0.0, tau))[0] == pytest.approx(known, rel=1e-12)


def test_the_image_in_a_disc_is_exact_to_second_order() -> None:
    from tests.helpers.walled import RoundWalled

    own = kernel(RoundWalled((circle(100),), "disc", 1.0, (0.0, 0.0)))
    x0 = np.array([[1 - 0.5 * s, 0.0] for s in (0.1, 0.2)])
    off = [
        abs(float(own.by_images(p[None], p, s**2 / 2) - own.by_harmonics(p[None], p, s**2 / 2)))
        * 2 * math.pi * s**2
        for p, s in zip(x0, (0.1, 0.2), strict=True)
    ]  # fmt: skip
    assert off[0] < 0.005
    assert off[1] / off[0] > 3.2


def test_smooth_outlines_have_no_corner_and_sharp_ones_have() -> None:
    assert [len(s.lengths) for s in walls_of(RING)[0]] == [200, 200]
    assert walls_of(RING)[1] == []
    stretches, meetings = walls_of((ELL,))
    assert len(stretches) == len(meetings) == 6
    angles = sorted(c.angle for c in images_of(ELL).corners_at(0.1))
    np.testing.assert_allclose(angles, [math.pi / 2] * 5 + [3 * math.pi / 2])


def test_a_circle_s_curvature_is_one_over_its_radius() -> None:
    outer, inner = walls_of(RING)[0]
    arcs, width = np.linspace(0, 3, 7), np.full(7, 0.2)
    np.testing.assert_allclose(outer.curvature(arcs, width), 1.0, rtol=1e-3)
    np.testing.assert_allclose(inner.curvature(arcs, width), -2.0, rtol=1e-3)


def test_nothing_goes_through_a_wall() -> None:
    """Across a hole and across a notch the straight way is blocked."""
    tau = np.array([0.1**2 / 2])
    through = images_of(*RING).values(np.array([[0.55, 0.0]]), np.array([[-0.55, 0.0]]), tau)
    assert through.density[0] < 1e-12
    tips = images_of(STAR)
    x, x0 = STAR[[0]] * 0.9, STAR[[2]] * 0.9
    assert tips.values(x, x0, np.array([0.02])).density[0] < math.exp(-1 / 0.08) / 0.25


def test_few_terms_are_told() -> None:
    own = images_of(SQUARE)
    assert own.count(0.001) == 3 * 3  # a square and its neighbours
    assert own.error(0.001) < 1e-12 < own.error(0.5)
