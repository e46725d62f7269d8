"""Arrows and streamlines of a tangent field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.bench.blending.painting_fields import measure_tangents
from flowlab.core.blending.settings import PICTURES, Blending
from flowlab.core.document.view import View
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK
from flowlab.scene.blending.tangent_lattice import lattice_over
from flowlab.scene.blending.tangent_lines import (
    LONGEST,
    SPACING,
    TYPICAL,
    arrow_time,
    arrows,
    field_colour,
    shaken,
    streamlines,
)
from flowlab.scene.blending.tangent_slice import slice_at
from tests.helpers.pictures import frame_of, ink, seen
from tests.scene.tangent_fields import CELLS, bundle_of, everywhere, swirl, tangents_of

pytestmark = pytest.mark.usefixtures("qapp")


def stage_of(tangents, t=0.5, half_height=6.0, size=(300, 240), **chosen):
    view = View(name="tangent_field", show_ends=False)
    frame = seen(frame_of(bundle_of(tangents), t, view=view), blending=Blending(**chosen))
    frame = replace(frame, camera=Camera(half_height=half_height))
    return Stage(frame, *size, 1.0, False, Scratch())


def test_arrows_are_as_long_as_the_way_in_their_step() -> None:
    tangents = tangents_of(swirl)
    field = slice_at(tangents, "estimate", 0.5)
    ends = arrows(stage_of(tangents), field, 0.05)
    middle, way = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
    np.testing.assert_allclose(way, 0.05 * np.stack(swirl(*middle.T), 1), atol=1e-6)
    cells = (middle - field.xs[0]) / field.pitch[0]
    np.testing.assert_allclose(cells, np.rint(cells), atol=1e-4)  # in the middle of a cell


@pytest.mark.parametrize("half_height", [1.0, 3.0, 6.0, 30.0])
def test_arrows_are_spaced_to_be_read_at_every_zoom(half_height) -> None:
    tangents = tangents_of(swirl)
    stage = stage_of(tangents, half_height=half_height, size=(900, 720))
    ends = stage.pixels(arrows(stage, slice_at(tangents, "estimate", 0.5), 0.01)).mean(axis=1)
    columns = np.unique(np.round(ends[:, 0], 2))
    cell = 0.25 * stage.frame.camera.scale(720)
    gaps = np.diff(columns)
    assert SPACING - 0.1 <= gaps.min() <= max(2 * SPACING, cell + 0.1)


@pytest.mark.parametrize("half_height", [2.0, 4.7, 11.0])
def test_the_step_of_arrows_is_round_and_lets_them_be_long_but_not_too_long(half_height) -> None:
    """With one fast cell in ten, its arrow sets the step; otherwise the median one does."""
    few = tangents_of(lambda x, y: (np.where(x > 3.2, 3.0, 0.2), 0 * y))
    for tangents, speed, limit in (
        (tangents_of(everywhere(3.0, 0.0)), 3.0, TYPICAL),
        (few, 3.0, LONGEST),
    ):
        stage = stage_of(tangents, half_height=half_height, size=(900, 720))
        step = arrow_time(stage, tangents)
        pixels = step * speed * stage.frame.camera.scale(720)
        widest = limit * max(SPACING, 0.25 * stage.frame.camera.scale(720))
        assert 0.75 * widest < pixels <= widest * 1.001
        assert step == pytest.approx(float(f"{step:.1e}"), rel=1e-6)


def test_no_arrow_where_the_field_is_blank() -> None:
    tangents = tangents_of(swirl, blank=lambda x, y: x + y > 0.5)
    middle = arrows(stage_of(tangents), slice_at(tangents, "exact", 0.5), 0.05).mean(axis=1)
    assert len(middle) > 10
    assert (middle.sum(axis=1) <= 0.5 + 1e-5).all()


def test_drawn_arrows_point_along_the_field() -> None:
    """The heads lie downstream: an arrow's ink is heavier at its tip."""
    tangents = tangents_of(everywhere(0.0, 2.0))
    frame = stage_of(tangents, picture="arrows").frame
    none = replace(frame, bundle=bundle_of(tangents_of(everywhere(0, 0))))
    amount = ink(frame, none)[40:200, 70:230]
    across = (amount > 40).sum(axis=1)
    rows = np.flatnonzero(across > 0)
    gaps = np.flatnonzero(np.diff(rows) > 1)
    one = across[rows[gaps[0] + 1] : rows[gaps[1]] + 1]  # one row of arrows, upwards
    assert one[: len(one) // 2].sum() > 1.4 * one[len(one) // 2 :].sum()


def test_streamlines_of_a_rotation_stay_on_circles() -> None:
    tangents = tangents_of(lambda x, y: (-3 * y, 3 * x))
    seeds = np.array([[2, 0], [0, -3], [-1, 1]], np.float32)
    lines = streamlines(slice_at(tangents, "exact", 0.5), seeds, 1.5)
    radius = np.hypot(lines[..., 0], lines[..., 1])
    expected = np.broadcast_to(np.hypot(*seeds.T)[:, None], radius.shape)
    np.testing.assert_allclose(radius, expected, rtol=0.02)
    turned = np.unwrap(np.arctan2(lines[..., 1], lines[..., 0]), axis=1)
    assert (np.diff(turned, axis=1) > 0).all()  # the direction of the field
    # the requested length, at any speed
    length = np.hypot(*np.diff(lines, axis=1).transpose(2, 0, 1)).sum(axis=1)
    np.testing.assert_allclose(length, 3.0, rtol=0.03)


def test_streamlines_end_where_the_field_does() -> None:
    tangents = tangents_of(everywhere(1.0, 0.0), blank=lambda x, y: x > 1)
    seeds = np.array([[0.5, 0.1], [-2.0, 0.1], [2.0, 0.1]], np.float32)
    lines = streamlines(slice_at(tangents, "estimate", 0.5), seeds, 2.0)
    assert len(lines) == 2  # none where it is blank
    assert np.nanmax(lines[0, :, 0]) < 1.01
    assert np.isnan(lines[0, -1, 0])
    assert np.isfinite(lines[1]).all()


def test_seeds_stay_where_they_are_in_the_plane() -> None:
    tangents = tangents_of(swirl)
    field = slice_at(tangents, "exact", 0.5)
    stage = stage_of(tangents, half_height=3.0)
    moved = replace(stage.frame, camera=Camera(centre_x=0.7, half_height=3.0))
    both = [
        {tuple(p) for p in shaken(lattice_over(s, field, 20.0, 9999)).round(4).tolist()}
        for s in (stage, replace(stage, frame=moved))
    ]
    assert len(both[0] & both[1]) > 0.5 * len(both[0])


def test_lines_have_the_colour_of_whose_field_they_show() -> None:
    tangents = tangents_of(swirl)
    colours = [field_colour(stage_of(tangents, field=f)) for f in ("exact", "learned", "estimate")]
    assert colours == [DARK.exact, DARK.learned, DARK.particle]
    assert len(tangents.estimate.xs) == CELLS


def test_the_benchmark_measures_every_picture() -> None:
    rows = dict(measure_tangents(2))
    assert len(rows) == 2 * len(PICTURES) + 1
    assert all(0 < milliseconds < 2000 for milliseconds in rows.values())
