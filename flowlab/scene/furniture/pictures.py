"""Pictures of equal rank side by side, each under a heading: a view shows them as its `Tiles`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtGui import QPainter

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera, Extent
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.foot import foot_of, paint_foot, stage_of
from flowlab.scene.furniture.pane_heading import EDGE, Heading, below
from flowlab.scene.furniture.tiles import HEAD, Tile, banded, camera_in, paint_tiles, tile_under

SPARE = EDGE - 3.0  # pixels of its edge that a title may take, where no button is
Write = Callable[[QPainter, float, float], None]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture; its place in the row decides on its camera."""

    frame: Frame
    title: str
    dot: Colour
    lines: Sequence[str] = ()
    first: Write | None = None  # painted on it before its heading
    still: bool = False  # the same at every t


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Pictures of a view, as `Tiles`."""

    is_tiled: Callable[[Frame], bool]
    pictures: Callable[[Frame], list[Picture]]
    reach: Callable[[Frame], Extent]  # what none of them cuts off horizontally
    is_hovered: Callable[[Frame], bool] = lambda _: True  # of one of them: has particles to pick
    bands: int = 1  # groups of as many pictures each, one below the other

    def paint_tiled(
        self,
        painter: QPainter,
        width: float,
        height: float,
        frame: Frame,
        scratch: Scratch,
        dpr: float,
        paint_one: PaintOne,
    ) -> None:
        """Paint all pictures, each with its heading, and the caption below them."""
        paint_tiles(painter, self._tiles(frame, width, height, dpr), scratch, dpr, paint_one)
        paint_foot(painter, stage_of(painter, width, height, frame, scratch, dpr))

    def tile_at(
        self, frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Camera, Box]:
        """Return the camera and the box of the picture that contains a pixel."""
        tile = tile_under(self._tiles(frame, width, height, dpr), x, y)
        return tile.frame.camera, tile.box

    def frame_at(
        self, frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Frame, Box] | None:
        """Return the frame and the box of the picture whose particles lie under a pixel."""
        tile = tile_under(self._tiles(frame, width, height, dpr), x, y)
        return (tile.frame, tile.box) if self.is_hovered(tile.frame) else None

    def _tiles(self, frame: Frame, width: float, height: float, dpr: float) -> list[Tile]:
        pictures, reach = self.pictures(frame), self.reach(frame)
        room = max(1.0, height - foot_of(frame, width))
        places = banded(len(pictures), self.bands, width, room, dpr, HEAD * frame.words)
        headings = [
            heading_in(frame, box, picture.title, picture.lines, covered(frame, box, places))
            for picture, box in zip(pictures, places, strict=True)
        ]
        head, whole = deepest(frame, headings), (width, height)
        return [
            Tile(
                replace(
                    picture.frame,
                    camera=below(camera_in(frame.camera, whole, box, reach), box, head),
                    caption="",
                    head=heading.corner,
                ),
                box,
                partial(
                    write_heading,
                    frame=frame,
                    heading=heading,
                    dot=picture.dot,
                    first=picture.first,
                ),
                still=picture.still,
            )
            for picture, box, heading in zip(pictures, places, headings, strict=True)
        ]


def alone(frame: Frame, bundle: Bundle, before: Bundle | None) -> Frame:
    """The frame of one picture: a bundle, and the one that it still moves away from."""
    return replace(frame, bundle=bundle, blend_from=before, beside=None, probe=None, lens=None)


def refusal(frame: Frame, bundle: Bundle, title: str, why: str, dot: Colour) -> Picture:
    """An empty picture of what can't be had, with the reason; a bundle has its place and ends."""
    nobody = replace(bundle.select(np.zeros(0, np.int64)), extra=None)
    empty = replace(alone(frame, nobody, None), legend=False)
    return Picture(frame=empty, title=title, lines=[why], dot=dot)


def heading_in(
    frame: Frame, box: Box, title: str, lines: Sequence[str], taken: float = 0.0
) -> Heading:
    """The heading of a picture in its box, of whose width something may be taken at the right."""
    width, height = (box.width - taken) / frame.words, box.height / frame.words
    return Heading.of(title, lines, width, height, 0.0 if taken else SPARE)


def covered(frame: Frame, box: Box, places: Sequence[Box]) -> float:
    """The pixels of the picture at the top right that a button there takes from its heading."""
    top = [place.x for place in places if place.y == places[0].y]
    is_corner = box.y == places[0].y and box.x == max(top)
    return max(0.0, frame.corner - EDGE) if is_corner else 0.0


def deepest(frame: Frame, headings: Sequence[Heading]) -> float:
    """The height in pixels of the deepest heading, with the edge above it."""
    return frame.words * (EDGE + max(heading.deep for heading in headings))


def write_heading(
    painter: QPainter,
    width: float,
    height: float,
    *,
    frame: Frame,
    heading: Heading,
    dot: Colour,
    first: Write | None = None,
) -> None:
    """Write the heading of a picture, above what is painted on it first."""
    if first is not None:
        first(painter, width, height)
    painter.scale(frame.words, frame.words)
    heading.write(painter, frame.theme, dot)
