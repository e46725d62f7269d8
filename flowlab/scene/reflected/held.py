"""At which t particles with noise are shown: where their last step ended.

Between two steps nothing was computed, and a point half way between is no sample of p_t.
"""

from __future__ import annotations

import numpy as np

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame

SMOOTH = ("flow", "data")  # methods whose paths are read between their knots
_ROUNDING = 1e-6  # of t


def held(bundle: Bundle | None, t: float) -> float:
    """The time of the last step that has ended at t, on the way that the particles run."""
    if bundle is None or bundle.method in SMOOTH or not len(bundle.times):
        return t
    if bundle.direction == "reverse":
        k = int(np.searchsorted(bundle.times, t - _ROUNDING))
    else:
        k = int(np.searchsorted(bundle.times, t + _ROUNDING, side="right")) - 1
    return float(bundle.times[min(max(k, 0), len(bundle.times) - 1)])


def moment(frame: Frame) -> float:
    """The t of a frame with one picture."""
    return held(frame.bundle, frame.t)
