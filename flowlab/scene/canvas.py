"""The one painter for the screen and for every export."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPaintEngine, QPainter

from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.drawing import Ground, drawing_of
from flowlab.scene.base.end_colours import ink_of
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, Stage, enlarged, rgba
from flowlab.scene.furniture.card import paint_card
from flowlab.scene.furniture.ground import paint_ground, paint_numbers
from flowlab.scene.furniture.legend import paint_legend
from flowlab.scene.furniture.side_by_side import paint_two
from flowlab.scene.layers.clouds import paint_ends
from flowlab.scene.layers.error_map import flow_error_of
from flowlab.scene.layers.lens import paint_lens


def paint(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    *,
    scratch: Scratch | None = None,
    dpr: float = 1.0,
) -> None:
    """Paint `frame` on width x height logical pixels, each `dpr` device pixels wide.

    Pass the same `scratch` from frame to frame to reuse its memory.
    """
    scratch = scratch or Scratch()
    if frame.beside is None:
        _paint_view(painter, width, height, frame, scratch, dpr)
    else:
        paint_two(painter, width, height, frame, scratch, dpr, _paint_view)


def _paint_view(
    painter: QPainter, width: float, height: float, frame: Frame, scratch: Scratch, dpr: float
) -> None:
    """Paint one picture, or several for views that show several."""
    drawing = drawing_of(frame.view.name)
    frame = drawing.at_its_moment(frame)
    tiles = drawing.tiles(frame)
    if tiles is None:
        _paint_one(painter, width, height, frame, scratch, dpr)
    else:
        tiles.paint_tiled(painter, width, height, frame, scratch, dpr, _paint_one)


def _paint_one(
    painter: QPainter, width: float, height: float, frame: Frame, scratch: Scratch, dpr: float
) -> None:
    name = frame.view.name
    view = VIEWS[name].seen(frame.view)
    if view is not frame.view:
        frame = replace(frame, document=replace(frame.document, view=view))
    frame = _reduced(frame)
    stage = Stage(frame, width, height, dpr, _is_vector(painter), scratch)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing = drawing_of(name)
    if drawing.own_axes:
        painter.fillRect(QRectF(0, 0, width, height), rgba(frame.theme.canvas))
    else:
        _paint_backdrop(painter, stage, drawing.ground)
    for layer in drawing.layers:
        layer(painter, stage)
    paint_lens(painter, stage)
    if (frame.lens is not None and len(frame.lens.paths)) or flow_error_of(stage) is not None:
        paint_numbers(painter, stage)  # which those have dimmed
    with enlarged(painter, stage) as words:
        if frame.card:
            paint_card(painter, words)
        paint_legend(painter, words)
    painter.restore()
    stage.scratch.sweep()


def _reduced(frame: Frame) -> Frame:
    """Return the frame with fewer layers behind a lens or a map, and the exact flow if chosen."""
    if frame.lens is not None:  # layers behind the pairs are fainter and should cost less
        frame = frame.with_view(show_trails=False, show_paths=False)
    bundle, before = frame.bundle, frame.blend_from
    if frame.view.shows == "difference" and bundle is not None and bundle.flow_error is not None:
        frame = frame.with_view(show_trails=False, show_paths=False)
    if frame.view.shows != "exact" or bundle is None or bundle.exact is None:
        return frame
    return replace(frame, bundle=bundle.exact, blend_from=before and before.exact, exact=True)


def _paint_backdrop(painter: QPainter, stage: Stage, ground: Ground | None) -> None:
    """Paint grid, two faint clouds and a view's ground, as one cached image while a flow plays."""
    if stage.vector:
        _paint_below(painter, stage, ground)
        return
    frame, view, bundle = stage.frame, stage.view, stage.frame.bundle
    clouds = () if bundle is None or not view.show_ends else (_digest(bundle), view.layout)
    known = frame.known_ends if clouds else ()
    look = (frame.theme, frame.quality, frame.words, frame.head)
    inks = [shape for shape in frame.shown_ends if ink_of(shape)]
    view_key = (frame.camera, *look, view.layout, clouds, known, tuple(inks))
    own = ground and ground.key(frame)
    size = (stage.width, stage.height, stage.dpr)
    key = (*view_key, own, *size)
    image = stage.scratch.cached("backdrop", key, lambda: _backdrop(stage, ground))
    stage.draw(painter, image, 0, 0, light=False)


def _paint_below(painter: QPainter, stage: Stage, ground: Ground | None) -> None:
    paint_ground(painter, stage)
    paint_ends(painter, stage)
    if ground is not None:
        ground.layer(painter, stage)


def _backdrop(stage: Stage, ground: Ground | None) -> QImage:
    image = QImage(*stage.device, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(stage.dpr)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_below(painter, stage, ground)
    painter.end()
    image.setDevicePixelRatio(1.0)  # copied without scaling
    return image


@memoise
def _digest(bundle: Bundle) -> tuple[int, ...]:
    """Identify the clouds of a bundle, whatever the weights it was computed with."""
    clouds = (bundle.source, bundle.target)
    return tuple(zlib.crc32(np.ascontiguousarray(points).tobytes()) for points in clouds)


def _is_vector(painter: QPainter) -> bool:
    return painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
