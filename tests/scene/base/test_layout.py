from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.view import View
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.layout import extents, plane_offset, separation
from flowlab.scene.base.pick import nearest, nearest_start
from tests.helpers.pictures import seen

SIDE = View(layout="side", show_trails=False, show_paths=False, show_ends=False)


def test_overlay_moves_nothing(scenes):
    assert plane_offset(View(), scenes.gaussian_bundle(), 0.3) == (0.0, 0.0)


def test_side_by_side_keeps_source_and_target_apart(scenes):
    bundle = scenes.gaussian_bundle()
    (a0, a1, *_), (b0, b1, *_) = extents(SIDE, bundle)
    assert a1 < b0
    assert plane_offset(SIDE, bundle, 1.0)[0] == pytest.approx(separation(bundle) / 2)
    assert plane_offset(SIDE, bundle, 0.5) == (0.0, 0.0)
    seen = Camera.fit(extents(SIDE, bundle), 800, 500).visible(800, 500)
    assert seen[0] < a0
    assert seen[1] > b1


def test_the_cloud_travels_from_left_to_right(scenes):
    bundle = scenes.straight([[0, 0], [1, 0]], [[0, 0], [1, 0]])
    gap = separation(bundle)
    for t in (0.0, 0.25, 1.0):
        frame = scenes.frame_of(bundle, t, view=SIDE)
        amount = scenes.ink(frame, seen(frame, view=replace(SIDE, show_particles=False)))
        x, _ = scenes.centroid(amount)
        assert x == pytest.approx(150 + 20 * (0.5 + (t - 0.5) * gap), abs=0.6)
    paths = frame.paths(np.array([0]), 3)[:, 0, 0]
    assert paths == pytest.approx([-gap / 2, 0, gap / 2])


def test_picking_finds_the_painted_particle_in_either_layout(scenes):
    bundle = scenes.gaussian_bundle(60)
    for view in (View(), SIDE):
        frame = scenes.frame_of(bundle, 0.8, view=view)
        pixels = frame.camera.to_screen(frame.at(0.8), 300, 240)
        distance = np.hypot(*(pixels - pixels[17]).T)
        found = nearest(frame, *pixels[17], 300, 240)
        assert distance[found] < 12
        assert found == 17 or found < frame.view.highlighted


def test_picking_prefers_drawn_paths_and_respects_the_radius(scenes):
    bundle = scenes.straight([[0, 0], [0.3, 0]], [[0, 0], [0.3, 0]])
    none = scenes.frame_of(bundle, view=replace(SIDE, layout="overlay"))
    assert nearest(none, 152, 120, 300, 240) == 0
    assert nearest(replace(none, pinned=(1,)), 153, 120, 300, 240) == 1
    assert nearest(none, 190, 120, 300, 240) is None
    assert nearest(scenes.frame_of(None), 1, 1, 300, 240) is None


def test_starts_are_picked_among_drawn_paths_only(scenes):
    bundle = scenes.straight([[0, 0], [3, 0]], [[5, 5], [5, 5]])
    frame = scenes.frame_of(bundle, 0.9, view=replace(SIDE, layout="overlay"), pinned=(1,))
    assert nearest_start(frame, 211, 121, 300, 240) == 1
    assert nearest_start(frame, 150, 120, 300, 240) is None
