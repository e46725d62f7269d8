"""The layouts of a picture: all on one plane, or the source at left and the target at right."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.memoise import memoise

GAP = 0.18  # free space between the two pictures, as a share of the wider one
LEGEND = 0.08  # free space below, as a share of the height, for a legend of two lines
OUTLIERS = 0.4  # percent of the samples on each side that a fitted camera may leave out


def plane_offset(view: View, bundle: Bundle | None, t: float) -> tuple[float, float]:
    """Shift in the plane for things at time `t`: left to right if the layout is side by side."""
    if bundle is None or view.layout != "side":
        return 0.0, 0.0
    return (t - 0.5) * separation(bundle), 0.0


def drift(view: View, bundle: Bundle | None) -> float:
    """Velocity to the right that the layout adds to everything that moves: side by side only."""
    return separation(bundle) if bundle is not None and view.layout == "side" else 0.0


@memoise
def separation(bundle: Bundle) -> float:
    """Distance between the origins of the two pictures that separates source and target."""
    source, target = ends(bundle)
    a, b = robust_extent(source), robust_extent(target)
    widest = max(a[1] - a[0], b[1] - b[0], 1e-3)
    return max(a[1] - b[0], 0.0) + GAP * widest


def ends(bundle: Bundle) -> tuple[Floats, Floats]:
    """Samples of source and target, or the particles' end points if the bundle has no samples."""
    source = bundle.source if len(bundle.source) else bundle.points[0]
    target = bundle.target if len(bundle.target) else bundle.points[-1]
    return source, target


def extents(view: View, bundle: Bundle) -> list[Extent]:
    """Boxes that a camera should show: source and target in the view's layout."""
    boxes = []
    low = LEGEND if VIEWS[view.name].key else 0.0
    for points, t in zip(ends(bundle), (0.0, 1.0), strict=True):
        x0, x1, y0, y1 = robust_extent(points)
        dx, dy = plane_offset(view, bundle, t)
        boxes.append((x0 + dx, x1 + dx, y0 + dy - low * (y1 - y0), y1 + dy))
    return boxes


def robust_extent(points: Floats) -> Extent:
    """Box (x0, x1, y0, y1) of nearly all finite points (N, 2); a unit box if there are none."""
    finite = points[np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])]
    if not len(finite):
        return -1.0, 1.0, -1.0, 1.0
    low, high = np.percentile(finite, [OUTLIERS, 100 - OUTLIERS], axis=0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
