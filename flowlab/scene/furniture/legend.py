"""The legend, which explains the colours, at the bottom left; the caption at the bottom right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from flowlab.core.document.classes import nearest_class
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.core.views.rows import TIME
from flowlab.scene.base.colours import moving
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.layers.error_map import FULL, error_image, flow_error_of
from flowlab.scene.layers.vectors import field_colour
from flowlab.scene.particles.particle_colours import (
    class_palette,
    classes,
    meaning,
    speed_palette,
    start_code,
    start_palette,
    top_speed,
)
from flowlab.scene.particles.particles import raw_of

EDGE = 13.0  # distance of legend and caption from the edge of the picture
DOT = 4.0
GAP = 18.0  # distance between two entries
BAR_WIDTH, BAR_HEIGHT = 96.0, 8.0
PARTED = " · "  # separates a caption's parts; the last ones are left out if there is little room
WHEEL = 11.0  # radius of the wheel of start positions
SHOWN_CLASSES = 8


class Legend:
    """Entries one after another on one line."""

    def __init__(self, painter: QPainter, stage: Stage) -> None:
        self.painter, self.stage = painter, stage
        self.x, self.base = EDGE, stage.height - EDGE
        self.metrics = QFontMetricsF(painter.font())
        self.middle = self.base - self.metrics.xHeight() / 2

    def text(self, text: str, gap: float = GAP) -> None:
        """Add text in the secondary colour."""
        self.painter.setPen(rgba(self.stage.theme.dim))
        self.painter.drawText(QPointF(self.x, self.base), text)
        self.x += self.metrics.horizontalAdvance(text) + gap

    def dot(self, colour: Colour, text: str, gap: float = GAP) -> None:
        """Add a dot and its meaning."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(rgba(colour))
        self.painter.drawEllipse(QPointF(self.x + DOT, self.middle), DOT, DOT)
        self.x += 2 * DOT + 6
        self.text(text, gap)

    def cross(self, colour: Colour, text: str) -> None:
        """Add a cross and its meaning."""
        self.painter.setPen(self.stage.pen(colour, 1.0, 1.6))
        x, y = self.x + DOT, self.middle
        self.painter.drawLine(QPointF(x - DOT, y), QPointF(x + DOT, y))
        self.painter.drawLine(QPointF(x, y - DOT), QPointF(x, y + DOT))
        self.x += 2 * DOT + 6
        self.text(text)

    def image(self, image: QImage, width: float, height: float, gap: float) -> None:
        """Add a picture, centred on the line."""
        box = QRectF(self.x, self.middle - height / 2, width, height)
        self.painter.drawImage(box, image)
        self.x += width + gap


def paint_legend(painter: QPainter, stage: Stage) -> None:
    """Layer: legend at the bottom left, caption at the bottom right, shortened if narrow."""
    painter.setFont(small_font())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    legend = Legend(painter, stage)
    if stage.frame.legend:
        legend.dot(stage.theme.source, "p₀ source")
        legend.dot(stage.theme.target, "p₁ target")
        if stage.frame.bundle is not None:
            _moving(legend, stage, stage.frame.bundle)
        if raw_of(stage) is not None:
            legend.cross(stage.theme.raw, "raw weights")
        if stage.view.field != "none" and stage.frame.bundle and stage.frame.bundle.field:
            name = "velocity" if flow_error_of(stage) is None else "v − v*"
            legend.dot(field_colour(stage), name + _class_shown(stage, stage.frame.bundle))
        _truth(legend, stage)
    text = _fitting(stage.frame.caption, legend.metrics, stage.width - legend.x - EDGE)
    if text:
        legend.x = stage.width - EDGE - legend.metrics.horizontalAdvance(text)
        legend.text(text)


def _fitting(caption: str, metrics: QFontMetricsF, room: float) -> str:
    """As many parts of a caption, separated by dots, as fit."""
    parts = caption.split(PARTED)
    while parts and metrics.horizontalAdvance(PARTED.join(parts)) > room:
        parts.pop()
    return PARTED.join(parts)


def _class_shown(stage: Stage, bundle: Bundle) -> str:
    """The class whose velocity a conditional flow follows, in words."""
    if not bundle.classes:
        return ""
    return f" of class {nearest_class(bundle.classes, stage.view.condition)}"


def _moving(legend: Legend, stage: Stage, bundle: Bundle) -> None:
    """Add the cloud at t, and the meaning of its colours."""
    time = VIEWS[stage.view.name].time
    name = f"p at {time}" if time != TIME else "pₜ at t"
    t, kind = f"{name} = {stage.frame.t:.2f}", meaning(stage)
    has_cloud = stage.view.show_particles or stage.view.show_trails
    if not has_cloud or kind == "time":
        legend.dot(moving(stage.theme, stage.frame.t), t)
        if has_cloud and stage.view.colour == "class":
            legend.text("no classes: coloured by time")
        return
    legend.text(f"{t}, colour:", 10.0)
    if kind == "class":
        for text, colour in _class_entries(stage, bundle):
            legend.dot(colour, text, 10.0)
        legend.x += GAP - 10.0
    elif kind == "start":
        legend.image(start_wheel(stage.theme.dark), 2 * WHEEL, 2 * WHEEL, 8.0)
        legend.text("where it started")
    else:
        legend.text("|dx/dt| 0", 6.0)
        legend.image(speed_bar(stage.theme.dark), BAR_WIDTH, BAR_HEIGHT, 6.0)
        legend.text(f"{top_speed(bundle):g} plane units per unit of t")


def _truth(legend: Legend, stage: Stage) -> None:
    """Add whether the flow is the exact one, and the meaning of the difference's colours."""
    gap = flow_error_of(stage)
    if stage.frame.exact:
        legend.dot(stage.theme.exact, "exact flow")
    elif gap is not None and not VIEWS[stage.view.name].key:
        legend.dot(stage.theme.exact, "its exact place")
        legend.text("|v − v*| 0", 6.0)
        legend.image(error_bar(stage.theme.warn), BAR_WIDTH, BAR_HEIGHT, 6.0)
        legend.text(f"{FULL:.0%} of the speed")


@lru_cache(maxsize=2)
def error_bar(colour: Colour) -> QImage:
    """The colours of errors, from left to right."""
    return error_image(np.linspace(0.0, FULL, 96)[None], colour)


def _class_entries(stage: Stage, bundle: Bundle) -> Iterator[tuple[str, Colour]]:
    palette = class_palette(stage.theme.dark)
    names = classes(bundle)
    for k, name in enumerate(names[:SHOWN_CLASSES]):
        red, green, blue = palette[k].tolist()
        again = "" if k + SHOWN_CLASSES >= len(names) else ", …"
        yield ("class " if k == 0 else "") + f"{name}{again}", (red, green, blue)


@lru_cache(maxsize=2)
def speed_bar(dark: bool) -> QImage:
    """The colours of speeds, from left to right."""
    return _image(speed_palette(dark)[None].astype(float), np.ones((1, 256)))


@lru_cache(maxsize=2)
def start_wheel(dark: bool) -> QImage:
    """The colours of start positions, arranged as in the plane."""
    side = 96
    y, x = (np.indices((side, side)) + 0.5 - side / 2) * (2 / side)
    noise = numpy_rng(0, Stream.WHEEL).random((side, side)) - 0.5
    rgb = start_palette(dark)[start_code(x, -y, noise)].astype(float)
    return _image(rgb, np.clip((1 - np.hypot(x, y)) * side / 2, 0, 1))


def _image(rgb: Any, alpha: Any) -> QImage:
    """An image that owns its memory, from colours (H, W, 3), 0 to 255, and alpha (H, W)."""
    channels = np.empty((*alpha.shape, 4), np.uint8)
    channels[..., :3] = np.rint(rgb[..., ::-1] * alpha[..., None])
    channels[..., 3] = np.rint(255 * alpha)
    height, width = alpha.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(channels.data, width, height, 4 * width, form).copy()
