"""Several generations for one class, beside the target's own points of that class."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtGui import QPainter

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
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.pane_heading import EDGE, Heading, below
from flowlab.scene.furniture.pictures import covered
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles


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
                camera=below(camera_in(frame.camera, (width, height), box, reach), box, head),
            ),
            box,
            partial(
                _write,
                generations=generations,
                panel=panel,
                frame=frame,
                colour=colour,
                taken=covered(frame, box, places),
            ),
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
    return below(camera, box, _head(frame, generations, places)), box


def frame_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> None:
    """Return None: no single particle is explained here."""


def _head(frame: Frame, generations: Generations, places: list[Box]) -> float:
    """Height in pixels that the tallest title with its figures takes: the same in all pictures."""
    headings = (
        _heading(
            generations,
            panel,
            (box.width - covered(frame, box, places)) / frame.words,
            box.height / frame.words,
        )
        for panel, box in zip(generations.panels, places, strict=True)
    )
    return frame.words * (EDGE + max(heading.deep for heading in headings))


def _heading(generations: Generations, panel: Panel, width: float, height: float) -> Heading:
    return Heading.of(panel.title, _figures(generations, panel), width, height)


def _write(
    painter: QPainter,
    width: float,
    height: float,
    generations: Generations,
    panel: Panel,
    frame: Frame,
    colour: Colour,
    taken: float,
) -> None:
    """Write title and figures at the top left, with the class's dot."""
    painter.scale(frame.words, frame.words)
    heading = _heading(generations, panel, (width - taken) / frame.words, height / frame.words)
    heading.write(painter, frame.theme, colour)


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
