"""The part of the plane that each of several pictures shows."""

from __future__ import annotations

import numpy as np

from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.layout import extents
from flowlab.scene.base.memoise import memoise


@memoise
def reach_around(bundle: Bundle) -> Extent:
    """The box around source and target."""
    boxes = np.array(extents(View(), bundle))
    low, high = boxes[:, [0, 2]].min(0), boxes[:, [1, 3]].max(0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
