"""The support of (1 - alpha) P0 + alpha P1 for shapes with straight edges, as an outline."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import chain_of, outlines_of
from flowlab.scene.base.colours import moving
from flowlab.scene.base.image_cache import paint_cached
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.lines import path_of
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour

TINT = 0.07  # opacity of its inside
WIDTH = 1.6
QUIET = 0.5  # opacity of its outline while a chain is shown
FAINT = 0.6  # opacity of the outlines of both ends


def paint_support(painter: QPainter, stage: Stage) -> None:
    """Layer: the support of p at t, and those of both ends, where the shapes have edges."""
    bundle = stage.frame.bundle
    if not outlines_of(bundle):
        return
    ends = corners(stage, 0.0), corners(stage, 1.0)

    def draw(painter: QPainter) -> None:
        for end, colour in zip(ends, (stage.theme.source, stage.theme.target), strict=True):
            _outline(painter, stage, end, colour, FAINT)

    key = bundle, stage.view.layout
    paint_cached(painter, stage, "supports", key, (np.concatenate(ends), WIDTH), draw)
    if 0.0 < stage.frame.t < 1.0:
        here, colour = corners(stage, stage.frame.t), moving(stage.theme, stage.frame.t)
        if chain_of(bundle) is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, not stage.live)
            painter.fillPath(union(here), rgba(colour, TINT))  # its outline is drawn over this
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        alpha, width = (1.0, WIDTH) if chain_of(bundle) is None else (QUIET, 1.0)
        _outline(painter, stage, here, colour, alpha, width)


def corners(stage: Stage, t: float) -> Floats:
    """Pixels (K, V, 2) of the corners of the support's K parts; the last corner of each repeats."""
    bundle = stage.frame.bundle
    outlines = outlines_of(bundle)
    most = max(len(outline) for outline in outlines)
    both = np.stack(
        [
            np.concatenate([outline, outline[-1:].repeat(most - len(outline), 0)])
            for outline in outlines
        ]
    )
    moved = np.array(plane_offset(stage.view, bundle, t), np.float32)
    s = np.float32(t)
    return stage.pixels((1 - s) * both[..., :2] + s * both[..., 2:] + moved)


def union(parts: Floats) -> QPainterPath:
    """One path from parts (K, V, 2), filled wherever at least one part is."""
    following = np.roll(parts, -1, axis=1)
    twice = parts[..., 0] * following[..., 1] - parts[..., 1] * following[..., 0]
    turned = np.where((twice.sum(1) < 0)[:, None, None], parts[:, ::-1], parts)
    path = path_of(turned, closed=True)
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def _outline(
    painter: QPainter,
    stage: Stage,
    parts: Floats,
    colour: Colour,
    alpha: float,
    width: float = WIDTH,
) -> None:
    """Draw the outline of the union of all parts."""
    path = union(parts)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(stage.pen(colour, alpha, width))
    if len(parts) == 1 or stage.vector:
        painter.drawPath(path if len(parts) == 1 else path.simplified())
    else:
        stage.draw(painter, _edge(stage, path, colour, alpha), 0, 0, light=False)
    painter.restore()


def _edge(stage: Stage, path: QPainterPath, colour: Colour, alpha: float) -> QImage:
    """Edges of all parts, erased inside every part, which leaves the outline of the union.

    Uniting hundreds of polygons with Qt would take far longer than a frame.
    """
    image = QImage(*stage.device, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(stage.dpr, stage.dpr)
    painter.setPen(stage.pen(colour, alpha, 2 * WIDTH))
    painter.drawPath(path)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.fillPath(path, Qt.GlobalColor.black)
    painter.end()
    return image
