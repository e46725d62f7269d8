"""Particles that have left the plane because a solver's steps were too long."""

from __future__ import annotations

import numpy as np

from flowlab.core.views.bundle import Bundle

FAR = 20.0  # times as far out as both ends: nothing of a flow between them goes there


class LostParticles(RuntimeWarning):
    """Some samples are of no use: their particles have left the plane."""


def lost(bundle: Bundle, reach: float) -> int:
    """How many particles were at some time infinite, NaN, or `FAR` times as far out as `reach`."""
    near = np.ones(bundle.points.shape[1], bool)
    for k in range(len(bundle.points)):  # one time after the other, since all may be large
        near &= (np.abs(bundle.points[k]) <= FAR * reach).all(-1)  # false for NaN
    return int((~near).sum())


def lost_words(bundle: Bundle, reach: float, remedy: str) -> str:
    """The sentence for lost particles, and what to do; empty if there are none."""
    count, of = lost(bundle, reach), bundle.points.shape[1]
    if not count:
        return ""
    return f"{count:,} of {of:,} particles left the plane, because steps were too long: {remedy}."
