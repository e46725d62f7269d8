"""The noise level over time as a curve: that of each shape, and how a drawn one begins."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.paths import Path
from flowlab.core.interpolants.schedules import curves
from flowlab.core.stochastic.settings import MOST_LEVEL, LevelPoint, Stochastic, eps_shape_of

_COUNT = 121  # times at which a shape is evaluated
_MOST_KNOTS = 12  # of a drawn curve that begins as another shape
_NEAR = 0.01  # of its largest value, that such a curve may be off


def level_curve(settings: Stochastic, path: Path) -> tuple[Floats, Floats]:
    """Times (n,), and eps(t) / eps there; of a drawn curve its points.

    Without latent noise the shape "gamma" is 0.
    """
    if settings.eps_shape == "drawn":
        t, values = np.array(settings.eps_curve, float).T
        return t, values
    t, (alpha, _beta, gamma) = curves(path, _COUNT)
    known = {
        "alpha": alpha,
        "constant": np.ones_like(t),
        "sine": np.sin(np.pi * t) ** 2,
        "gamma": gamma,
    }
    return t, known[eps_shape_of(settings, path.noisy)]


def drawn_from(settings: Stochastic, path: Path) -> tuple[LevelPoint, ...]:
    """The points of a drawn curve that looks like the present shape."""
    if settings.eps_shape == "drawn":
        return settings.eps_curve
    t, values = level_curve(settings, path)
    values = np.clip(values, 0.0, MOST_LEVEL)
    kept = [0, len(t) - 1]
    while len(kept) < _MOST_KNOTS:
        off = np.abs(np.interp(t, t[kept], values[kept]) - values)
        if off.max() <= _NEAR * max(float(values.max()), 1e-9):
            break
        kept = sorted([*kept, int(off.argmax())])
    return tuple((round(float(t[k]), 4), round(float(values[k]), 4)) for k in kept)
