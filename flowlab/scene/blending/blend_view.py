"""The view of blending: random pairs on their segments, and the support of their blends."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import chain_of
from flowlab.scene.base.colours import moving
from flowlab.scene.base.image_cache import paint_cached
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Stage
from flowlab.scene.blending.blend_marks import dots, firmness, graded, rimmed
from flowlab.scene.particles.particles import paint_particles

END, POINT = 2.6, 3.6  # radii, logical pixels
QUIET, QUIETER = 0.5, 0.4  # opacity of particles behind lines, and behind a chain
CROWD = 150  # more pairs than this have smaller and plainer dots


def paint_cloud(painter: QPainter, stage: Stage) -> None:
    """Layer: the particles, fainter if a chain or pairs are drawn over them."""
    bundle = stage.frame.bundle
    if bundle is None:
        return
    has_marks = bool(len(bundle.pairs)) or stage.view.name == "mapping"
    painter.save()
    painter.setOpacity(QUIETER if chain_of(bundle) else QUIET if has_marks else 1.0)
    paint_particles(painter, stage)
    painter.restore()


def paint_blends(painter: QPainter, stage: Stage) -> None:
    """Layer: pairs as lines from amber to blue, with the blend of each at t."""
    bundle = stage.frame.bundle
    if bundle is None or not len(bundle.pairs):
        return
    moved = [np.array(plane_offset(stage.view, bundle, t), np.float32) for t in (0.0, 1.0)]
    ends = bundle.pairs[:, :2] + moved[0], bundle.pairs[:, 2:] + moved[1]
    paint_ended_lines(painter, stage, "blends", (bundle, stage.view.layout), ends)
    t = np.float32(stage.frame.t)
    here = stage.pixels((1 - t) * ends[0] + t * ends[1])
    colour, radius = moving(stage.theme, stage.frame.t), POINT * _small(len(here))
    painter.save()
    if len(here) > CROWD and stage.live:
        dots(painter, here, radius, colour)
    else:
        rimmed(painter, stage, here, radius, colour)
    painter.restore()


def paint_ended_lines(
    painter: QPainter, stage: Stage, name: str, key: Hashable, ends: tuple[Floats, Floats]
) -> None:
    """Draw lines (n, 2) to (n, 2) in the plane with a dot at each end, cached under `name`."""
    start, end = (stage.pixels(points) for points in ends)
    width = 1.0 if stage.live else 1.4

    def draw(painter: QPainter) -> None:
        graded(painter, stage, (start, end), firmness(len(start)), width)
        dots(painter, start, END * _small(len(start)), stage.theme.source)
        dots(painter, end, END * _small(len(end)), stage.theme.target)

    painter.save()
    paint_cached(painter, stage, name, key, (np.stack([start, end]), 2 * END), draw)
    painter.restore()


def _small(count: int) -> float:
    return 1.0 if count <= CROWD else 0.75
