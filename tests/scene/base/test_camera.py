from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.scene.base.camera import Camera

reals = st.floats(-50, 50)


@given(x=reals, y=reals, half=st.floats(0.1, 50))
def test_screen_and_plane_are_inverse(x, y, half):
    camera = Camera(1.5, -2.0, half)
    px, py = camera.to_screen(np.array([[x, y]]), 850, 720)[0]
    rounding = 2e-4 * max(half, 1) + 1e-4  # of pixels in single precision
    assert camera.to_plane(px, py, 850, 720) == pytest.approx((x, y), abs=rounding)


def test_axes_are_equal_and_y_runs_up():
    a, b, c = Camera(half_height=3.0).to_screen(np.array([[0, 0], [1, 0], [0, 1]]), 500, 300)
    assert a == pytest.approx((250, 150))
    assert b - a == pytest.approx((50, 0))
    assert c - a == pytest.approx((0, -50))


@pytest.mark.parametrize("size", [(300, 900), (1200, 400)])
def test_fit_contains_every_extent_with_its_margin(size):
    boxes = [(-3.0, 2.0, 0.0, 1.0), (5.0, 9.0, -4.0, 4.0)]
    seen = Camera.fit(boxes, *size, margin=0.1).visible(*size)
    width, height = seen[1] - seen[0], seen[3] - seen[2]
    room = [(-3 - seen[0]) / width, (seen[1] - 9) / width]
    room += [(-4 - seen[2]) / height, (seen[3] - 4) / height]
    assert min(room) == pytest.approx(0.1, abs=1e-6)


def test_zoom_keeps_the_point_under_the_pointer():
    camera = Camera(1.0, 2.0, 5.0)
    about = camera.to_plane(120, 60, 400, 300)
    assert camera.zoomed(3.0, about).to_plane(120, 60, 400, 300) == pytest.approx(about)


def test_resizing_keeps_in_sight_what_was():
    old, new = (800, 400), (300, 600)
    camera = Camera(1.0, 0.0, 4.0)
    before, after = camera.visible(*old), camera.resized(old, new).visible(*new)
    assert after[0] <= before[0] + 1e-9
    assert after[1] >= before[1] - 1e-9
    assert after[2] <= before[2] + 1e-9
