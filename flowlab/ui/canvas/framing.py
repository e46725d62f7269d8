"""The camera that shows a whole drawing sheet, and whether two bundles share a camera."""

from __future__ import annotations

import numpy as np

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Camera

EDGE_PX = 12  # px around the sheet


def same_ends(a: Bundle | None, b: Bundle | None) -> bool:
    """True if two bundles connect the same two clouds, and therefore share a camera."""
    return (
        a is not None
        and b is not None
        and np.array_equal(a.source, b.source)
        and np.array_equal(a.target, b.target)
    )


def sheet_camera(half_width: float, width: int, height: int, bar: int) -> Camera:
    """The camera that shows a whole drawing sheet below a tool bar of `bar` pixels."""
    room = max(80, min(width, height - bar) - 2 * EDGE_PX)
    unit = 2 * half_width / room  # of the plane per pixel
    return Camera(0.0, unit * bar / 2, unit * height / 2)
