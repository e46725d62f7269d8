from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.scene.base.layout import drift
from flowlab.scene.layers.contours import contour
from flowlab.scene.layers.density import binned, heights, mass_levels, smoothed
from flowlab.scene.layers.vectors import interpolate, streamlines
from tests.helpers.pictures import NOTHING, seen, stage_of


def test_a_contour_of_a_gaussian_is_a_circle_of_the_right_radius():
    y, x = np.indices((120, 140))
    values = np.exp(-((x - 70.3) ** 2 + (y - 58.6) ** 2) / (2 * 15.0**2))
    for level in (0.9, 0.5, 0.1):
        pieces = contour(values, level)
        radius = np.hypot(pieces[..., 0] - 70.3, pieces[..., 1] - 58.6)
        expected = 15 * np.sqrt(-2 * np.log(level))
        assert np.abs(radius - expected).max() < 0.06
        lengths = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T)
        assert lengths.sum() == pytest.approx(2 * np.pi * expected, rel=0.01)  # closed, once


def test_both_saddles_join_only_edges_that_are_crossed():
    for values in (np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])):
        pieces = contour(values, 0.5)
        assert len(pieces) == 2
        assert set(map(tuple, pieces.reshape(-1, 2))) == {(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)}


def test_binning_keeps_mass_and_centroid():
    points = np.random.default_rng(0).uniform(5, 40, (500, 2)).astype(np.float32)
    counts = binned(points, (50, 60))
    rows, columns = np.indices(counts.shape) + 0.5
    assert counts.sum() == pytest.approx(500, rel=1e-5)
    assert (counts * columns).sum() / 500 == pytest.approx(points[:, 0].mean(), abs=1e-3)
    assert (counts * rows).sum() / 500 == pytest.approx(points[:, 1].mean(), abs=1e-3)


def test_smoothing_is_a_gaussian_of_the_given_width():
    counts = np.zeros((80, 101), np.float32)
    counts[40, 50] = 1.0
    y, x = np.indices(counts.shape)
    bell = np.exp(-((x - 50) ** 2 + (y - 40) ** 2) / (2 * 4.0**2)) / (2 * np.pi * 16)
    np.testing.assert_allclose(smoothed(counts, 4.0), bell, atol=1e-6)


def test_density_peaks_where_the_particles_are(scenes):
    rng = np.random.default_rng(0)
    points = 0.8 * rng.standard_normal((4000, 2)) + [1.0, -2.0]
    field = heights(stage_of(scenes.frame_of(scenes.straight(points, points))))
    area = (field.cell * 12 / 240) ** 2  # the picture's 240 pixels are 12 units high
    assert field.values.sum() * area == pytest.approx(1, rel=0.01)
    assert field.values.max() == pytest.approx(1 / (2 * np.pi * 0.8**2), rel=0.2)
    x, y = scenes.centroid(field.values) * field.cell
    assert (x, y) == pytest.approx((150 + 20, 120 + 40), abs=1.0)


def test_mass_levels_enclose_their_shares():
    y, x = np.indices((200, 200)) - 99.5
    levels = mass_levels(np.exp(-(x**2 + y**2) / (2 * 20.0**2)))
    np.testing.assert_allclose(levels, 1 - np.array([0.15, 0.35, 0.55, 0.75, 0.92]), atol=0.01)


def field_of(velocity, blank=None):
    xs = np.linspace(-5, 5, 41, dtype=np.float32)
    x, y = np.meshgrid(xs, xs)
    values = np.stack(velocity(x, y), -1).astype(np.float32)
    if blank is not None:
        values[blank(x, y)] = np.nan
    both = np.stack([values, values])
    return FieldFrames(times=np.array([0, 1], np.float32), xs=xs, ys=xs, values=both)


def test_interpolation_is_exact_for_linear_fields_and_blank_outside():
    field = field_of(lambda x, y: (2 * x - y, x + 3 * y))
    xy = np.random.default_rng(0).uniform(-5, 5, (100, 2)).astype(np.float32)
    x, y = xy.T
    expected = np.stack([2 * x - y, x + 3 * y], 1)
    np.testing.assert_allclose(interpolate(field, field.values[0], xy), expected, atol=2e-5)
    outside = np.array([[5.1, 0], [0, -5.1], [9, 9]], np.float32)
    assert np.isnan(interpolate(field, field.values[0], outside)).all()


@pytest.mark.parametrize("kind", ["arrows", "streamlines"])
def test_a_blank_field_stays_blank(scenes, kind):
    plain = scenes.frame_of(scenes.gaussian_bundle(), view=NOTHING)
    field = field_of(lambda x, y: (np.ones_like(x), 0 * y), blank=lambda x, y: x > 0)
    bundle = replace(plain.bundle, field=field)
    shown = seen(plain, bundle=bundle, view=replace(NOTHING, field=kind))
    amount = scenes.ink(shown, plain)
    assert amount[:, :140].sum() > 1000
    assert amount[:, 175:].sum() == 0


def test_arrows_point_along_the_velocity_and_grow_with_it(scenes):
    plain = scenes.frame_of(scenes.gaussian_bundle(), view=NOTHING)
    slow_left = field_of(lambda x, y: (np.where(x < 0, 0.2, 1.0), 0 * y))
    bundle = replace(plain.bundle, field=slow_left)
    shown = seen(plain, bundle=bundle, view=replace(NOTHING, field="arrows"))
    amount = scenes.ink(shown, plain) > 40
    left, right = amount[:, 50:140].sum(), amount[:, 160:250].sum()
    assert right > 2.5 * left > 0
    assert amount.any(1).sum() < 120  # horizontal: many rows stay empty


def test_side_by_side_arrows_follow_the_paths(scenes):
    """Particles at rest in the plane move to the right in the picture, and arrows say so."""
    still = scenes.gaussian_bundle()
    still = replace(still, points=np.stack([still.points[0]] * 2))
    shift = drift(View(layout="side"), still)
    assert shift > 1
    field = field_of(lambda x, y: (0 * x, 0 * y + shift))
    view = replace(NOTHING, field="arrows", layout="side")
    plain = scenes.frame_of(still, half_height=12, view=replace(view, field="none"))
    shown = seen(plain, bundle=replace(still, field=field), view=view)
    assert (scenes.ink(shown, plain, width=600, height=480) > 40).sum() > 200
    lines = streamlines(field, 0.5, np.zeros((1, 2), np.float32), np.zeros(2, np.float32),
                        stage_of(shown))[0]  # fmt: skip
    way = lines[-1] - lines[0]
    assert way / np.linalg.norm(way) == pytest.approx([0.5**0.5, -(0.5**0.5)], abs=0.01)
    # a particle's own way in the picture, by the camera and the layout
    at = [stage_of(replace(shown, t=t)).frame.at(t)[0] for t in (0.49, 0.51)]
    assert (at[1] - at[0]) / 0.02 == pytest.approx([shift, 0.0], abs=1e-3)


def test_streamlines_of_a_rotation_stay_on_circles(scenes):
    field = field_of(lambda x, y: (-y, x))
    seeds = np.array([[2, 0], [0, -3], [-1, 1]], np.float32)
    stage = stage_of(scenes.frame_of(None))
    lines = streamlines(field, 0.5, seeds, np.zeros(2, np.float32), stage)
    back = (lines - [150, 120]) / 20
    radius = np.hypot(back[..., 0], back[..., 1])
    expected = np.broadcast_to(np.hypot(*seeds.T)[:, None], radius.shape)
    np.testing.assert_allclose(radius, expected, rtol=4e-3)


def test_the_lattice_is_drawn_through_its_carried_points(scenes):
    g = np.linspace(-4, 4, 5)
    points = np.stack(np.meshgrid(g, g), -1).reshape(-1, 2)
    lattice = scenes.straight(points, points + np.array([0.4, 0.0]))
    plain = scenes.frame_of(scenes.gaussian_bundle(), 1.0, view=NOTHING)
    bundle = replace(plain.bundle, lattice=lattice, lattice_shape=(5, 5))
    amount = scenes.ink(seen(plain, bundle=bundle, view=replace(NOTHING, show_grid=True)), plain)
    columns = np.flatnonzero((amount > 30).sum(0) > 120) + 0.5
    rows = np.flatnonzero((amount > 30).sum(1) > 120) + 0.5
    for value in g:
        assert np.abs(columns - (150 + 20 * (value + 0.4))).min() <= 1.0
        assert np.abs(rows - (120 - 20 * value)).min() <= 1.0
    assert amount[:35].sum() == 0  # nothing outside it


def test_a_lattice_point_not_finite_breaks_its_lines_only(scenes):
    g = np.linspace(-4, 4, 5)
    points = np.stack(np.meshgrid(g, g), -1).reshape(-1, 2)
    points[12] = np.nan
    plain = scenes.frame_of(scenes.gaussian_bundle(), 0.0, view=NOTHING)
    lattice: Bundle = scenes.straight(points, points)
    bundle = replace(plain.bundle, lattice=lattice, lattice_shape=(5, 5))
    amount = scenes.ink(seen(plain, bundle=bundle, view=replace(NOTHING, show_grid=True)), plain)
    assert amount[115:125, 135:165].sum() == 0
    assert amount[115:125, 75:105].sum() > 100
