"""Transition of the picture to new weights: the state where a newer transition takes over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.packed import Packed


def midway(old: Bundle | None, new: Bundle, share: float) -> Bundle:
    """The flow interpolated by `share` from `old` to `new`; `new` if they can't be mixed.

    A transition to a third flow can start from it without a jump.
    """
    if old is None or share >= 1.0 or not _alike(old, new):
        return new
    lattice = new.lattice
    if lattice is not None and old.lattice is not None:
        lattice = midway(old.lattice, lattice, share)
    points, knot_velocities = _mixed(old.points, new.points, share), new.knot_velocities
    if knot_velocities is not None and old.knot_velocities is not None:
        knot_velocities = _mixed(old.knot_velocities, knot_velocities, share)
    return replace(new, points=points, knot_velocities=knot_velocities, lattice=lattice)


def _alike(a: Bundle, b: Bundle) -> bool:
    plain = not isinstance(a.points, Packed) and not isinstance(b.points, Packed)
    same = a.points.shape == b.points.shape and (a.knot_velocities is None) == (
        b.knot_velocities is None
    )
    return plain and same and np.array_equal(a.times, b.times)


def _mixed(a: Floats | Packed, b: Floats | Packed, share: float) -> Floats:
    weight = np.float32(share)
    mixed: Floats = (np.float32(1) - weight) * np.asarray(a) + weight * np.asarray(b)
    return mixed
