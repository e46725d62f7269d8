"""Tangent fields in closed form, for tests of their pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowlab.core.blending.tangent.results import Tangents
from flowlab.core.views.bundle import Bundle, FieldFrames

HALF, CELLS = 4.0, 32  # a square of cells a quarter wide
Velocity = Callable[[np.ndarray, np.ndarray], tuple]


def swirl(x, y):
    """A field with all directions and many speeds, and without any symmetry."""
    return -y + 0.3 * x + 0.4, x + 0.2 * np.sin(2 * y) - 0.3


def everywhere(u: float, v: float) -> Velocity:
    """The same velocity at every place."""
    return lambda x, y: (np.full_like(x, u), np.full_like(x, v))


def tangents_of(velocity: Velocity, blank=None, top: float | None = None) -> Tangents:
    """One field estimated, exact and learned, at three alphas; `top` sets the largest speed."""
    axis = (-HALF + (np.arange(CELLS) + 0.5) * (2 * HALF / CELLS)).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    values = np.stack(velocity(x, y), -1).astype(np.float32)
    good = np.ones(x.shape, bool) if blank is None else ~blank(x, y)
    values[~good] = np.nan
    times = np.array([0.0, 0.5, 1.0], np.float32)

    def frames() -> FieldFrames:
        every = np.stack([values] * 3)
        if top is not None:
            every[2] = top, 0.0  # at the last alpha alone
        return FieldFrames(times=times, xs=axis, ys=axis, values=every)

    count = np.where(good, np.float32(40), np.float32(0))
    return Tangents(
        estimate=frames(),
        count=np.stack([count, 3 * count, 2 * count]),
        stderr=np.stack([np.where(good, np.float32(0.1), np.float32(np.nan))] * 3),
        exact=frames(),
        density=np.stack([good.astype(np.float32)] * 3),
        learned=frames(),
        errors={k: np.array(v, np.float32) for k, v in _ERRORS.items()},
        angles={k: np.array(v, np.float32) for k, v in _ANGLES.items()},
        note="Exact: a closed form of this test.",
    )


_ERRORS = {"estimate": (0.02, 0.04, 0.06), "noise": (0.03, 0.03, 0.03), "learned": (0.5, 0.3, 0.1)}
_ANGLES = {"estimate": (1.0, 3.0, 5.0), "noise": (2.0, 2.0, 2.0), "learned": (20.0, 10.0, 4.0)}


def bundle_of(tangents: Tangents, step: int = 5) -> Bundle:
    """A bundle without particles, as the plan computes it."""
    corners = HALF * np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)], np.float32)
    ends = np.stack([corners.repeat(50, axis=0)] * 2)  # away from the tested pixels
    return Bundle(
        times=np.array([0, 1], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        source=ends[0],
        target=ends[1],
        extra=tangents,
        step=step,
    )
