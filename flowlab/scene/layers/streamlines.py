"""Streamlines of any field: their seeds, their computation, and their drawing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Bools, Floats, Ints
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour


def staggered(columns: Floats | Ints, rows: Floats | Ints, jitter: float) -> Floats:
    """A staggered lattice (rows, columns, 2) in units of its spacing, with random jitter.

    A straight lattice would draw lines over one another along its rows. The jitter depends only on
    the places' indices, so that panning doesn't change it.
    """
    x, y = np.meshgrid(columns, rows)
    places = np.stack([x + 0.5 * (y % 2), y], -1)
    if not jitter:
        return places
    noise = np.sin(np.stack([x * 12.9898 + y * 78.233, x * 39.346 + y * 11.135], -1)) * 43758.5453
    moved: Floats = places + jitter * (noise % 1 - 0.5)
    return moved


def traced(
    step: Callable[[Floats], Floats],
    start: Floats,
    steps: int,
    inside: Callable[[Floats], Bools] | None = None,
) -> Floats:
    """Lines (2 steps + 1, ...) through `start` (...), upstream first, by the midpoint rule.

    `step` returns the displacement by one step from given places. A line is NaN from where it
    leaves the places that are `inside`, or where the steps are NaN.
    """

    def half(sign: np.float32) -> list[Floats]:
        x, alive, line = start, None, []
        for _ in range(steps):
            x = x + sign * step(x + np.float32(0.5) * sign * step(x))
            if inside is not None:
                alive = inside(x) if alive is None else alive & inside(x)
            line.append(x if alive is None else np.where(alive, x, np.float32(np.nan)))
        return line

    with np.errstate(invalid="ignore"):
        return np.stack([*half(np.float32(-1))[::-1], start, *half(np.float32(1))])


def paint_firmer_downstream(
    painter: QPainter,
    stage: Stage,
    lines: Floats,
    colour: Colour,
    alphas: tuple[float, ...],
    widths: tuple[float, ...],
) -> None:
    """Draw lines (n, K, 2) of pixels in as many parts as there are alphas; live width is 1."""
    parts = len(alphas)
    for k, (alpha, width) in enumerate(zip(alphas, widths, strict=True)):
        first, last = (round(j * (lines.shape[1] - 1) / parts) for j in (k, k + 1))
        painter.setPen(stage.pen(colour, alpha, 1.0 if stage.live else width))
        painter.drawPath(path_of(lines[:, first : last + 1]))
