"""Several generations for one class, beside the target's own points of that class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.core.blending.generations import Generations, Panel, generations_of
from flowlab.core.document.view import View
from flowlab.core.estimates import as_good_as_fresh, error_of, to_error, to_percent
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.layout import extents
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, rgba
from flowlab.scene.base.style import FONT_BODY, Colour
from flowlab.scene.furniture.card import wrapped
from flowlab.scene.furniture.ground import small_font
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles

EDGE, PAD, LINE, DOT = 12.0, 9.0, 16.0, 4.5  # logical pixels
SHADE = 0.88
MOST = 0.42  # share of a picture's height that title and figures may take


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
    head = _head(frame, generations, places)
    colour = class_colour(frame.theme, generations.condition)
    if frame.lens is not None:  # the lens shows only beside the reference, in place of its figures
        first, *others = _tiles(replace(frame, lens=None), generations, width, height, dpr)
        return [Tile(replace(first.frame, lens=frame.lens), first.box, _nothing), *others]
    return [
        Tile(
            replace(
                _alone(frame, panel.bundle, old),
                cloud=colour,
                camera=_below(camera_in(frame.camera, (width, height), box, reach), box, head),
            ),
            box,
            partial(_write, generations=generations, panel=panel, frame=frame, colour=colour),
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
    camera = camera_in(frame.camera, (width, height), box, _reach(generations))
    return _below(camera, box, _head(frame, generations, places)), box


def _head(frame: Frame, generations: Generations, places: list[Box]) -> float:
    """Height in pixels that the tallest title with its figures takes: the same in all pictures."""
    cards = (
        Card.of(generations, panel, box.width / frame.words, box.height / frame.words)
        for panel, box in zip(generations.panels, places, strict=True)
    )
    return frame.words * (EDGE + max(card.deep for card in cards))


def _below(camera: Camera, box: Box, head: float) -> Camera:
    """The camera, slightly zoomed out, with its view below the title and the figures."""
    half = camera.half_height * box.height / (box.height - head)
    return replace(camera, half_height=half, centre_y=camera.centre_y + half * head / box.height)


@dataclass(frozen=True)
class Card:
    """A title and, as far as there is room, the lines of figures below it."""

    title: str
    lines: tuple[str, ...]
    across: float
    deep: float

    @staticmethod
    def of(generations: Generations, panel: Panel, width: float, height: float) -> Card:
        """Return the card of a picture of this size; it leaves most of the height free."""
        title, body = QFontMetricsF(_title_font()), QFontMetricsF(small_font())
        room = width - 2 * EDGE - 2 * PAD
        texts = [
            line for text in _figures(generations, panel) for line in wrapped(body, text, room)
        ]
        fit = max(0, int((MOST * height - EDGE - PAD - title.height()) / LINE))
        lines = tuple(texts[:fit])
        inset = 2 * DOT + 6
        wide = [inset + title.horizontalAdvance(panel.title), *map(body.horizontalAdvance, lines)]
        return Card(panel.title, lines, max(wide), title.height() + LINE * len(lines) + PAD)


def _title_font() -> QFont:
    font = QFont(small_font(FONT_BODY))
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _write(
    painter: QPainter,
    width: float,
    height: float,
    generations: Generations,
    panel: Panel,
    frame: Frame,
    colour: Colour,
) -> None:
    """Write title and figures at the top left on a ground of their own, with the class's dot."""
    theme = frame.theme
    painter.scale(frame.words, frame.words)
    card = Card.of(generations, panel, width / frame.words, height / frame.words)
    title = QFontMetricsF(_title_font())
    box = QRectF(EDGE, EDGE, card.across + 2 * PAD, card.deep)
    painter.setPen(rgba(theme.line))
    painter.setBrush(rgba(theme.panel, SHADE))
    painter.drawRoundedRect(box, 6.0, 6.0)
    base = EDGE + PAD / 2 + title.ascent()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(rgba(colour))
    painter.drawEllipse(QPointF(EDGE + PAD + DOT, base - title.xHeight() / 2), DOT, DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(rgba(theme.text))
    painter.setFont(_title_font())
    painter.drawText(QPointF(EDGE + PAD + 2 * DOT + 6, base), card.title)
    painter.setFont(small_font())
    painter.setPen(rgba(theme.dim))
    for k, line in enumerate(card.lines):
        painter.drawText(QPointF(EDGE + PAD, base + LINE * (k + 1)), line)


def _figures(generations: Generations, panel: Panel) -> list[str]:
    """The lines under a title."""
    if panel.accuracy is None:
        return _of_reference(generations)
    share = to_percent(panel.accuracy, error_of(panel.accuracy))
    said = [f"{share} end nearest to class {generations.name}"]
    if panel.distance is None:
        return [*said, "Some points have left the plane"]
    fresh = to_error(generations.floor, error_of(generations.floor))
    good = as_good_as_fresh(panel.distance, generations.floor, generations.spread)
    return [
        *said,
        f"Sliced W₂ {to_error(panel.distance, error_of(panel.distance))}",
        f"{'as good as' if good else 'of'} fresh samples: {fresh}",
    ]


def _of_reference(generations: Generations) -> list[str]:
    right = generations.accuracy
    said = [
        f"Target points of class {generations.name}",
        f"{to_percent(right, error_of(right))} of fresh ones are nearest to it",
    ]
    if generations.exact:
        said.append("Generations by the exact flow of the class")
    elif generations.error is not None:
        error = to_percent(generations.error, error_of(generations.error))
        said.append(f"Error of the learned velocity {error}")
    return [*said, generations.note] if generations.note else said
