"""Cameras that show all of a flow or of a sheet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.view import View
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.framing import fitted
from flowlab.scene.base.layout import plane_offset
from flowlab.ui.canvas.framing import EDGE_PX, same_ends, sheet_camera
from tests.helpers.pictures import gaussian_bundle


def test_bundles_between_the_same_clouds_want_the_same_camera() -> None:
    one, other = gaussian_bundle(seed=1), gaussian_bundle(seed=2)
    assert same_ends(one, replace(one, step=9))
    assert not same_ends(one, other)
    assert not same_ends(one, replace(one, target=other.target))
    assert not same_ends(one, None)
    assert not same_ends(None, None)


@pytest.mark.parametrize("layout", ["overlay", "side"])
@pytest.mark.parametrize(("width", "height"), [(600, 500), (300, 800), (1200, 300)])
def test_nearly_all_of_both_ends_is_seen(layout: str, width: int, height: int) -> None:
    bundle = gaussian_bundle()
    view = View(layout=layout)
    camera = fitted(bundle, view, width, height)
    for cloud, t in ((bundle.source, 0.0), (bundle.target, 1.0)):
        placed = cloud + np.array(plane_offset(view, bundle, t))
        x, y = camera.to_screen(placed, width, height).T
        assert np.mean((x >= 0) & (x <= width) & (y >= 0) & (y <= height)) > 0.95
    assert fitted(None, view, width, height) == Camera()


@pytest.mark.parametrize("bar", [104, 180])
@pytest.mark.parametrize(("width", "height"), [(600, 500), (400, 900), (1500, 600)])
def test_a_sheet_lies_whole_below_the_tool_bar(width: int, height: int, bar: int) -> None:
    half = 6.0
    camera = sheet_camera(half, width, height, bar)
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
    x, y = camera.to_screen(corners, width, height).T
    assert x.min() >= EDGE_PX - 1e-6
    assert x.max() <= width - EDGE_PX + 1e-6
    assert y.min() >= bar + EDGE_PX - 1e-6
    assert y.max() <= height - EDGE_PX + 1e-6
    gaps = (x.min() - EDGE_PX, y.min() - bar - EDGE_PX)
    assert min(gaps) == pytest.approx(0, abs=1e-6)  # no larger than necessary
