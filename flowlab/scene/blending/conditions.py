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
from flowlab.scene.furniture.foot import foot_of, paint_foot, stage_of
from flowlab.scene.furniture.pane_heading import Heading, below
from flowlab.scene.furniture.pictures import covered, deepest, heading_in, write_heading
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
    """Paint the reference and each generation, with titles and figures, and the caption."""
    tiles = _tiles(frame, _generations(frame), width, height, dpr)
    paint_tiles(painter, tiles, scratch, dpr, paint_one)
    paint_foot(painter, stage_of(painter, width, height, frame, scratch, dpr))


def _generations(frame: Frame) -> Generations:
    generations = generations_of(frame.bundle)
    assert generations is not None
    return generations


def _tiles(
    frame: Frame, generations: Generations, width: float, height: float, dpr: float
) -> list[Tile]:
    olds, reach = _before(frame, generations), _reach(generations)
    room = max(1.0, height - foot_of(frame, width))
    places = boxes(len(generations.panels), width, room, dpr)
    headings = _headings(frame, generations, places)
    head = deepest(frame, headings)
    colour = class_colour(frame.theme, generations.condition)
    if frame.lens is not None:  # the lens shows only beside the reference, in place of its figures
        first, *others = _tiles(replace(frame, lens=None), generations, width, height, dpr)
        looked_at = replace(first.frame, lens=frame.lens, head=(0.0, 0.0))
        return [Tile(looked_at, first.box, _nothing), *others]
    return [
        Tile(
            replace(
                _alone(frame, panel.bundle, old),
                cloud=colour,
                camera=below(camera_in(frame.camera, (width, height), box, reach), box, head),
                head=heading.corner,
            ),
            box,
            partial(write_heading, frame=frame, heading=heading, dot=colour),
            still=not panel.bundle.method,
        )
        for panel, old, box, heading in zip(generations.panels, olds, places, headings, strict=True)
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
    room = max(1.0, height - foot_of(frame, width))
    places = boxes(len(generations.panels), width, room, dpr)
    box = next((box for box in places if box.holds(x, y)), places[-1])
    camera = camera_in(frame.camera, (width, height), box, _reach(generations))
    return below(camera, box, deepest(frame, _headings(frame, generations, places))), box


def frame_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> None:
    """Return None: no single particle is explained here."""


def _headings(frame: Frame, generations: Generations, places: list[Box]) -> list[Heading]:
    """The titles with their figures."""
    return [
        heading_in(
            frame, box, panel.title, _figures(generations, panel), covered(frame, box, places)
        )
        for panel, box in zip(generations.panels, places, strict=True)
    ]


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
