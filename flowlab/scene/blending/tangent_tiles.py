"""The averaged, the exact and the learned field side by side, as the same kind of picture."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPaintEngine, QPainter

from flowlab.core.blending.tangent.results import tangents_of
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.layout import extents
from flowlab.scene.base.stage import Scratch, Stage, enlarged, rgba
from flowlab.scene.base.style import FONT_BODY, Colour, Theme
from flowlab.scene.blending.tangent_key import paint_tangent_key
from flowlab.scene.furniture.card import paint_card
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.legend import paint_legend
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles

EDGE, PAD = 12.0, 9.0  # logical pixels
SHADE = 0.88
NARROW = 330.0  # logical pixels
TITLES = {"estimate": "Averaged", "exact": "Exact", "learned": "Learned"}


def is_tiled(frame: Frame) -> bool:
    """Return True if the frame shows all available fields side by side."""
    return frame.document.blending.field == "beside" and tangents_of(frame.bundle) is not None


def fields_of(frame: Frame) -> list[str]:
    """Names of the fields that are shown side by side."""
    tangents = tangents_of(frame.bundle)
    return [name for name in TITLES if tangents is not None and tangents.shown(name) is not None]


def paint_tiled(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint a picture of each available field; only one has the key of the colours."""
    names = fields_of(frame)
    places = boxes(len(names), width, height, dpr)
    tiles = [
        Tile(
            replace(
                _one(frame, name),
                camera=camera_in(frame.camera, (width, height), box, _reach(frame)),
                legend=False,
                card=False,
                caption="",
            ),
            box,
            partial(_write, title=_title(frame, name), ink=_ink(frame.theme, name), frame=frame),
        )
        for name, box in zip(names, places, strict=True)
    ]
    paint_tiles(painter, tiles, scratch, dpr, paint_one)
    vector = painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)
    # all pictures have the scale by which the key measures arrows
    half = tiles[0].frame.camera.half_height * height / places[0].height
    camera = replace(frame.camera, half_height=half)
    for layer, field in ((paint_tangent_key, "beside"), (paint_card, "estimate")):
        single = replace(_one(frame, field), camera=camera)
        layer(painter, Stage(single, width, height, dpr, vector, scratch))
    below = Stage(_one(frame, "estimate"), width, height, dpr, vector, scratch)
    with enlarged(painter, below) as words:
        paint_legend(painter, words)


def tile_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Camera, Box]:
    """Return the camera and the box of the picture that contains a pixel."""
    names = fields_of(frame)
    places = boxes(len(names), width, height, dpr)
    box = next((box for box in places if box.holds(x, y)), places[-1])
    return camera_in(frame.camera, (width, height), box, _reach(frame)), box


def frame_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> None:
    """Return None: fields have no particles."""


def _one(frame: Frame, name: str) -> Frame:
    """The frame of one field alone; the exact one has no map of errors."""
    blending = replace(frame.document.blending, field=name)
    if name == "exact":
        blending = replace(blending, show_error=False)
    document = replace(frame.document, blending=blending)
    return replace(frame, document=document, beside=None, probe=None, lens=None)


def _reach(frame: Frame) -> Extent:
    assert frame.bundle is not None
    places = extents(frame.view, frame.bundle)
    x0, x1, y0, y1 = zip(*places, strict=True)
    return min(x0), max(x1), min(y0), max(y1)


def _title(frame: Frame, name: str) -> str:
    assert frame.bundle is not None
    untrained = name == "learned" and frame.bundle.step == 0
    return "Untrained network" if untrained else TITLES[name]


def _ink(theme: Theme, name: str) -> Colour:
    return {"exact": theme.exact, "learned": theme.learned}.get(name, theme.particle)


def _write(
    painter: QPainter, width: float, height: float, title: str, ink: Colour, frame: Frame
) -> None:
    """Write the title at the bottom on a ground of its own, clear of legend and wheel."""
    painter.scale(frame.words, frame.words)
    width, height = width / frame.words, height / frame.words
    head = QFont(small_font(FONT_BODY))
    head.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(head)
    across, deep = metrics.horizontalAdvance(title) + 2 * PAD, metrics.height() + PAD
    # above the wheel if that is as wide as the picture
    foot = (5 if width > NARROW else 14) * EDGE
    box = QRectF(EDGE, height - deep - foot, across, deep)
    painter.setPen(rgba(frame.theme.line))
    painter.setBrush(rgba(frame.theme.panel, SHADE))
    painter.drawRoundedRect(box, 6.0, 6.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(rgba(ink))
    painter.setFont(head)
    painter.drawText(QPointF(box.x() + PAD, box.y() + PAD / 2 + metrics.ascent()), title)
