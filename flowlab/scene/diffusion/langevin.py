"""Langevin dynamics from the same starts: unadjusted, without noise, annealed."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.diffusion.langevin_results import (
    ANNEALED,
    CLIMBING,
    PLAIN,
    WAYS,
    LangevinRuns,
    runs_of,
)
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pictures import Picture, Pictures, alone

MARGIN = 0.03  # share of the extent, on each side


def _is_tiled(frame: Frame) -> bool:
    return runs_of(frame.bundle) is not None


def _runs(frame: Frame) -> LangevinRuns:
    runs = runs_of(frame.bundle)
    assert runs is not None
    return runs


def _pictures(frame: Frame) -> list[Picture]:
    runs = _runs(frame)
    return [
        Picture(
            frame=replace(
                alone(frame, pane.bundle, _before(frame, k)), legend=frame.legend and k == 0
            ),
            title=WAYS[pane.kind],
            lines=lines_of(runs, pane.kind, frame.t),
            dot=colour_of(frame.theme, pane.kind),
        )
        for k, pane in enumerate(runs.panes)
    ]


def _before(frame: Frame, k: int) -> Bundle | None:
    """The bundle that a picture still moves away from, while new weights bend it."""
    old = runs_of(frame.blend_from)
    return None if old is None else old.panes[k].bundle


def _reach(frame: Frame) -> Extent:
    return _runs(frame).bounds


PICTURES = Pictures(is_tiled=_is_tiled, pictures=_pictures, reach=_reach)


def extent(extra: object) -> Extent | None:
    """The box around starts and both ends, with a margin; None for what has none."""
    if not isinstance(extra, LangevinRuns):
        return None
    x0, x1, y0, y1 = extra.bounds
    margin = MARGIN * max(x1 - x0, y1 - y0)
    return x0 - margin, x1 + margin, y0 - margin, y1 + margin


def lines_of(runs: LangevinRuns, kind: str, t: float) -> list[str]:
    """The step at t, its sigma and its step size."""
    sigma = runs.sigma(kind, t)
    step = f"step {round(runs.steps * t):,} of {runs.steps:,}"
    if kind == ANNEALED:
        eta = runs.last_step_size * (sigma / runs.sigmas[-1]) ** 2
        return [step, f"σ = {sigma:.3g}, η = 0.2 σ² = {eta:.2g}", "x + η s/2 + √η z"]
    equation = "x + η s/2" if kind == CLIMBING else "x + η s/2 + √η z"
    return [step, f"σ = {sigma:.3g}, η = {runs.step_size:.3g}", equation]


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a way, in pictures and panels."""
    return {PLAIN: theme.learned, CLIMBING: theme.warn, ANNEALED: theme.particle}[kind]
