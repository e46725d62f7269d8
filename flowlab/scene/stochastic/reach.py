"""The part of the plane that every picture of the room shows."""

from __future__ import annotations

import numpy as np

from flowlab.core.document.view import View
from flowlab.core.stochastic.results import Processes
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.layout import extents
from flowlab.scene.base.memoise import memoise


def reach_of(processes: Processes) -> Extent:
    """The box around source and target."""
    return reach_of_ends(processes.panes[0].bundle)


@memoise
def reach_of_ends(bundle: Bundle) -> Extent:
    """The box around the source and the target that a bundle holds."""
    boxes = np.array(extents(View(), bundle))
    low, high = boxes[:, [0, 2]].min(0), boxes[:, [1, 3]].max(0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
