"""The same starts by every solver at one budget, and fresh samples, side by side."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtGui import QPainter

from flowlab.core.estimates import to_error
from flowlab.core.stochastic.race.results import ADAPTIVE, LANES, Lane, Race, race_of
from flowlab.core.stochastic.settings import SDE_METHODS
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.pane_heading import EDGE, Heading, below
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles, tile_under
from flowlab.scene.stochastic.reach import reach_around

INKS = {  # colours of the theme; an SDE's solver has that of its sibling
    "euler": "source",
    "midpoint": "target",
    "heun": "exact",
    "rk4": "learned",
    ADAPTIVE: "text",
    "euler_maruyama": "source",
    "stochastic_heun": "exact",
}


def is_tiled(frame: Frame) -> bool:
    """Return True if the frame shows a race."""
    return race_of(frame.bundle) is not None


def paint_tiled(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint a picture of each lane and of fresh samples, with its title and figures."""
    paint_tiles(painter, _tiles(frame, width, height, dpr), scratch, dpr, paint_one)


def tile_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Camera, Box]:
    """Return the camera and the box of the picture that contains a pixel."""
    tile = tile_under(_tiles(frame, width, height, dpr), x, y)
    return tile.frame.camera, tile.box


def frame_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Frame, Box] | None:
    """Return the frame and the box of the lane under a pixel; None over fresh samples."""
    tile = tile_under(_tiles(frame, width, height, dpr), x, y)
    bundle = tile.frame.bundle
    return (tile.frame, tile.box) if bundle is not None and bundle.method else None


def _tiles(frame: Frame, width: float, height: float, dpr: float) -> list[Tile]:
    race = race_of(frame.bundle)
    assert race is not None
    count = len(race.lanes) + 1
    places, bundles = boxes(count, width, height, dpr), [lane.bundle for lane in race.lanes]
    texts = [_lane_text(lane) for lane in race.lanes] + [_fresh_text(race)]
    headings = [
        Heading.of(title, lines, box.width / frame.words, box.height / frame.words)
        for (title, lines), box in zip(texts, places, strict=True)
    ]
    inks = [INKS[lane.method] for lane in race.lanes] + ["dim"]
    head = frame.words * (EDGE + max(heading.deep for heading in headings))
    reach, whole, olds = reach_around(race.fresh), (width, height), _before(frame, race)
    return [
        Tile(
            replace(
                _alone(frame, bundle, old),
                camera=below(camera_in(frame.camera, whole, box, reach), box, head),
                caption=frame.caption if k == count - 1 else "",
            ),
            box,
            partial(_write, frame=frame, heading=heading, dot=getattr(frame.theme, ink)),
        )
        for k, (bundle, old, box, heading, ink) in enumerate(
            zip([*bundles, race.fresh], olds, places, headings, inks, strict=True)
        )
    ]


def _before(frame: Frame, race: Race) -> list[Bundle | None]:
    """The bundle that each lane still moves away from, while new weights or noise bend it."""
    old = race_of(frame.blend_from)
    lanes = {} if old is None else {lane.method: lane.bundle for lane in old.lanes}
    found = [lanes.get(lane.method) for lane in race.lanes]
    same = [
        each if each is not None and each.count == lane.bundle.count else None
        for each, lane in zip(found, race.lanes, strict=True)
    ]
    return [*same, None]


def _alone(frame: Frame, bundle: Bundle, old: Bundle | None) -> Frame:
    if not bundle.method:  # points that no solver carries
        frame = frame.with_view(show_paths=False, show_trails=False)
    return replace(
        frame, bundle=bundle, blend_from=old, beside=None, probe=None, lens=None, legend=False
    )


def _lane_text(lane: Lane) -> tuple[str, list[str]]:
    """The title of a lane, and the lines below it."""
    title = LANES[lane.method]
    if not lane.bundle.count:
        why = "no tolerance" if lane.method == ADAPTIVE else "not one step"
        return title, [f"{why} fits into the budget"]
    return title, [_spent(lane), _distance(lane)]


def _spent(lane: Lane) -> str:
    """The evaluations that were done, and the time that they are estimated to take."""
    said = f"{lane.evaluations:,} evaluation{'' if lane.evaluations == 1 else 's'}"
    said = f"SDE, {said}" if lane.method in SDE_METHODS else said
    time = lane.milliseconds
    return said if time is None else f"{said}, about {time:.3g} ms"


def _distance(lane: Lane) -> str:
    value = lane.distance
    return "particles lost" if value is None else f"W₂ {to_error(value, value.error)}"


def _fresh_text(race: Race) -> tuple[str, list[str]]:
    title = "Samples of pₜ" if race.fresh_moves else "Samples of the end"
    return title, ["drawn without a solver", f"W₂ {to_error(race.floor, race.floor.error)}"]


def _write(
    painter: QPainter, _width: float, _height: float, frame: Frame, heading: Heading, dot: Colour
) -> None:
    painter.scale(frame.words, frame.words)
    heading.write(painter, frame.theme, dot)
