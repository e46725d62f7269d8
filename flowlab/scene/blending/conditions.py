"""Several generations for one class, beside the target's own points of that class."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.core.blending.generations import Generations, Panel, generations_of
from flowlab.core.document.document import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.layout import extents
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, rgba
from flowlab.scene.base.style import FONT_BODY, Colour, Theme
from flowlab.scene.furniture.card import wrapped
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles
from flowlab.scene.particles.particle_colours import class_palette

EDGE, PAD, LINE, DOT = 12.0, 9.0, 16.0, 4.5  # logical pixels
SHADE = 0.88
HEAD, MOST = 64.0, 0.25  # height for title and figures: pixels, but at most that share


def is_tiled(frame: Frame) -> bool:
    """Return True if the frame shows generations side by side."""
    return generations_of(frame.bundle) is not None


def paint_tiled(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint a picture of the reference and of each generation, with titles and figures."""
    tiles = _tiles(frame, _generations(frame), width, height, dpr)
    paint_tiles(painter, tiles, scratch, dpr, paint_one)


def _generations(frame: Frame) -> Generations:
    generations = generations_of(frame.bundle)
    assert generations is not None
    return generations


def _tiles(
    frame: Frame, generations: Generations, width: float, height: float, dpr: float
) -> list[Tile]:
    olds, reach = _before(frame, generations), _reach(generations)
    places = boxes(len(generations.panels), width, height, dpr)
    colour = class_colour(frame.theme, generations.classes.index(generations.condition))
    if frame.lens is not None:  # the lens shows only beside the reference, in place of its figures
        first, *others = _tiles(replace(frame, lens=None), generations, width, height, dpr)
        return [Tile(replace(first.frame, lens=frame.lens), first.box, _nothing), *others]
    return [
        Tile(
            replace(
                _alone(frame, panel.bundle, old),
                cloud=colour,
                camera=_below(camera_in(frame.camera, (width, height), box, reach), box),
            ),
            box,
            partial(_write, generations=generations, panel=panel, theme=frame.theme, colour=colour),
            still=not panel.bundle.method,
        )
        for panel, old, box in zip(generations.panels, olds, places, strict=True)
    ]


def _nothing(painter: QPainter, width: float, height: float) -> None:
    """Do nothing: a picture without a title."""


def _before(frame: Frame, generations: Generations) -> list[Bundle | None]:
    """The bundle that each picture still moves away from, while new weights bend it."""
    old = generations_of(frame.blend_from)
    if (
        old is None
        or len(old.panels) != len(generations.panels)
        or old.condition != generations.condition
    ):
        return [None] * len(generations.panels)
    return [panel.bundle for panel in old.panels]


def _alone(frame: Frame, bundle: Bundle, old: Bundle | None) -> Frame:
    t, blend = frame.t, frame.blend
    if not bundle.method:  # points that no solver carries don't move
        frame = frame.with_view(show_paths=False, show_trails=False)
        old, t, blend = None, 1.0, 1.0
    return replace(
        frame,
        bundle=bundle,
        t=t,
        blend_from=old,
        blend=blend,
        beside=None,
        probe=None,
        lens=None,
        hovered=None,
        pinned=(),
        legend=False,
        caption="",
    )


@memoise
def _reach(generations: Generations) -> Extent:
    """The box around source and target."""
    boxes_ = np.array(extents(View(), generations.panels[0].bundle))
    low, high = boxes_[:, [0, 2]].min(0), boxes_[:, [1, 3]].max(0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def tile_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Camera, Box]:
    """Return the camera and the box of the picture that contains a pixel."""
    generations = _generations(frame)
    places = boxes(len(generations.panels), width, height, dpr)
    box = next((box for box in places if box.holds(x, y)), places[-1])
    return _below(camera_in(frame.camera, (width, height), box, _reach(generations)), box), box


def _below(camera: Camera, box: Box) -> Camera:
    """The camera, slightly zoomed out, with its view below the title and the figures."""
    head = min(HEAD, MOST * box.height)
    half = camera.half_height * box.height / (box.height - head)
    return replace(camera, half_height=half, centre_y=camera.centre_y + half * head / box.height)


def class_colour(theme: Theme, rank: int) -> Colour:
    """The particles' colour for the class of that rank."""
    palette = class_palette(theme.dark)
    red, green, blue = palette[rank % len(palette)].tolist()
    return red, green, blue


def _write(
    painter: QPainter,
    width: float,
    height: float,
    generations: Generations,
    panel: Panel,
    theme: Theme,
    colour: Colour,
) -> None:
    """Write title and figures at the top left on a ground of their own, with the class's dot."""
    del height
    head = QFont(small_font(FONT_BODY))
    head.setWeight(QFont.Weight.DemiBold)
    title, body = QFontMetricsF(head), QFontMetricsF(small_font())
    room = width - 2 * EDGE - 2 * PAD
    lines = [line for text in _figures(generations, panel) for line in wrapped(body, text, room)]
    inset = 2 * DOT + 6
    across = max(
        [inset + title.horizontalAdvance(panel.title), *map(body.horizontalAdvance, lines)]
    )
    deep = title.height() + LINE * len(lines)
    box = QRectF(EDGE, EDGE, across + 2 * PAD, deep + PAD)
    painter.setPen(rgba(theme.line))
    painter.setBrush(rgba(theme.panel, SHADE))
    painter.drawRoundedRect(box, 6.0, 6.0)
    base = EDGE + PAD / 2 + title.ascent()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(colour))
    painter.drawEllipse(QPointF(EDGE + PAD + DOT, base - title.xHeight() / 2), DOT, DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(rgba(theme.text))
    painter.setFont(head)
    painter.drawText(QPointF(EDGE + PAD + inset, base), panel.title)
    painter.setFont(small_font())
    painter.setPen(rgba(theme.dim))
    for k, line in enumerate(lines):
        painter.drawText(QPointF(EDGE + PAD, base + LINE * (k + 1)), line)


def _figures(generations: Generations, panel: Panel) -> list[str]:
    """The lines under a title."""
    if panel.accuracy is None:
        return _of_reference(generations)
    said = [f"{panel.accuracy:.1%} end nearest to class {generations.condition}"]
    if panel.distance is None:
        return [*said, "Some points have left the plane"]
    return [
        *said,
        f"W₂ {panel.distance:.3f}, floor {generations.floor:.3f} ± {generations.spread:.3f}",
    ]


def _of_reference(generations: Generations) -> list[str]:
    said = [
        f"Target points of class {generations.condition}",
        f"{generations.accuracy:.1%} of fresh ones are nearest to it",
    ]
    if generations.exact:
        said.append("Generations by the exact flow of the class")
    elif generations.error is not None:
        said.append(f"Error of the learned velocity {generations.error:.1%}")
    return [*said, generations.note] if generations.note else said
