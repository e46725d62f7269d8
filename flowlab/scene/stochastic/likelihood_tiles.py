"""Maps of the log-likelihood at t = 1: by the exact divergence, by Hutchinson, and the true one."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.stochastic.likelihood_results import (
    HUTCHINSON,
    TITLES,
    TRUE,
    LikelihoodMaps,
    likelihoods_of,
)
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.maps import MapPane, Maps, Sheet, sheet_once

RANGE = 12  # of log p, below its largest value, that the colours show


def _is_tiled(frame: Frame) -> bool:
    return likelihoods_of(frame.bundle) is not None


def sheet_of(frame: Frame) -> Sheet:
    """The maps of a frame."""
    bundle, maps = frame.bundle, likelihoods_of(frame.bundle)
    assert bundle is not None
    assert maps is not None
    untrained = not maps.exact and bundle.step == 0
    return sheet_once(frame, 0, lambda: _sheet(maps, untrained, frame.theme))


PICTURES = Maps(is_tiled=_is_tiled, sheet_of=sheet_of)


def _sheet(maps: LikelihoodMaps, untrained: bool, theme: Theme) -> Sheet:
    high = top_of(maps)
    panes = [
        MapPane(
            title=TITLES[name],
            lines=tuple(_lines(maps, name, untrained)),
            dot=_dot(theme, name, maps.exact),
            xs=maps.xs,
            ys=maps.ys,
            values=np.where(np.isfinite(logs), logs, np.nan),
            low=high - RANGE,
            high=high,
            smooth=name != HUTCHINSON,
        )
        for name, logs in maps.logs.items()
    ]
    low = f"log p₁, nats per unit area  ≤ {high - RANGE:g}".replace("-", "−")
    return Sheet(panes=panes, low=low, high=f"≥ {high:g}".replace("-", "−"))


def top_of(maps: LikelihoodMaps) -> float:
    """The largest log-likelihood of the flow and of the target, rounded up."""
    known = [logs for name, logs in maps.logs.items() if name != HUTCHINSON]
    tops = [float(each[np.isfinite(each)].max()) for each in known if np.isfinite(each).any()]
    return float(math.ceil(max(tops, default=0.0)))


def _lines(maps: LikelihoodMaps, name: str, untrained: bool) -> list[str]:
    integral = f"∫ p₁ = {maps.integral(name):.4f}"
    if name == TRUE:
        return [integral]
    if name == HUTCHINSON:
        z = "one z" if maps.vectors == 1 else f"mean of {maps.vectors} z"
        return [f"{z}, spread {maps.spread:.2g}", integral]
    flow = "exact velocity" if maps.exact else "untrained network" if untrained else "learned"
    return [f"{flow}, t = 1", integral]


def _dot(theme: Theme, name: str, exact: bool) -> Colour:
    if name == TRUE:
        return theme.target
    return theme.exact if exact else theme.learned
