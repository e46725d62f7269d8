"""The same particles by the ODE, by the SDE and by naive noise, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtGui import QPainter

from flowlab.core.stochastic.results import (
    CHURN,
    NAIVE,
    ODE,
    SDE,
    TITLES,
    Pane,
    Processes,
    processes_of,
)
from flowlab.core.stochastic.settings import LEVELS, eps_shape_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.particle_values import ParticleValues
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import PaintOne
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch
from flowlab.scene.base.style import Colour, Theme
from flowlab.scene.furniture.pane_heading import EDGE, Heading, below
from flowlab.scene.furniture.tiles import Tile, boxes, camera_in, paint_tiles, tile_under
from flowlab.scene.stochastic.reach import reach_of


def is_tiled(frame: Frame) -> bool:
    """Return True if the frame shows processes side by side."""
    return processes_of(frame.bundle) is not None


def paint_tiled(
    painter: QPainter,
    width: float,
    height: float,
    frame: Frame,
    scratch: Scratch,
    dpr: float,
    paint_one: PaintOne,
) -> None:
    """Paint a picture of each process, with its title."""
    paint_tiles(painter, _tiles(frame, width, height, dpr), scratch, dpr, paint_one)


def tile_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Camera, Box]:
    """Return the camera and the box of the picture that contains a pixel."""
    tile = tile_under(_tiles(frame, width, height, dpr), x, y)
    return tile.frame.camera, tile.box


def frame_at(
    frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
) -> tuple[Frame, Box]:
    """Return the frame and the box of the picture whose particles lie under a pixel."""
    tile = tile_under(_tiles(frame, width, height, dpr), x, y)
    return tile.frame, tile.box


def _tiles(frame: Frame, width: float, height: float, dpr: float) -> list[Tile]:
    processes = processes_of(frame.bundle)
    assert processes is not None
    panes = processes.panes
    places = boxes(len(panes) + len(processes.refused), width, height, dpr)
    headings = [_heading(frame, pane, box) for pane, box in zip(panes, places, strict=False)]
    head = frame.words * (EDGE + max(heading.deep for heading in headings))
    reach, whole = reach_of(processes), (width, height)
    coloured = _change(frame, panes[0]) is not None  # unlike the particles of the other pictures
    shown = [
        Tile(
            replace(
                _alone(frame, pane.bundle, _before(frame, processes, k)),
                values=_change(frame, pane),
                camera=below(camera_in(frame.camera, whole, box, reach), box, head),
                legend=frame.legend and k <= coloured,
                caption=frame.caption if k == len(panes) - 1 else "",
            ),
            box,
            partial(_write, frame=frame, heading=heading, dot=colour_of(frame.theme, pane.kind)),
        )
        for k, (pane, box, heading) in enumerate(zip(panes, places, headings, strict=False))
    ]
    return [*shown, *_refusals(frame, processes, places[len(panes) :])]


def _refusals(frame: Frame, processes: Processes, places: list[Box]) -> Iterator[Tile]:
    """An empty picture of each process that can't be had, with the reason."""
    empty = replace(frame, bundle=None, blend_from=None, beside=None, legend=False, caption="")
    for (kind, why), box in zip(processes.refused, places, strict=True):
        heading = Heading.of(TITLES[kind], [why], box.width / frame.words, box.height / frame.words)
        dot = colour_of(frame.theme, kind)
        yield Tile(empty, box, partial(_write, frame=frame, heading=heading, dot=dot))


def _before(frame: Frame, processes: Processes, k: int) -> Bundle | None:
    """The bundle that a picture still moves away from, while new weights or noise bend it."""
    old = processes_of(frame.blend_from)
    if old is None or len(old.panes) != len(processes.panes):
        return None
    return old.panes[k].bundle


def _change(frame: Frame, pane: Pane) -> ParticleValues | None:
    """What the particles of a picture are coloured by, if the document asks for it."""
    return pane.change if frame.document.stochastic.density_change else None


def _alone(frame: Frame, bundle: Bundle, old: Bundle | None) -> Frame:
    return replace(frame, bundle=bundle, blend_from=old, beside=None, probe=None, lens=None)


def _heading(frame: Frame, pane: Pane, box: Box) -> Heading:
    width, height = box.width / frame.words, box.height / frame.words
    return Heading.of(TITLES[pane.kind], _lines(frame, pane), width, height)


def _lines(frame: Frame, pane: Pane) -> list[str]:
    settings = frame.document.stochastic
    if pane.kind == ODE:
        change = _change(frame, pane)
        return ["dX = b dt", *([] if change is None else [f"Colour: {change.name}"])]
    if pane.kind == CHURN:
        return [f"{settings.churn:g} h back with fresh noise, then {1 + settings.churn:g} h on"]
    shape = eps_shape_of(settings, frame.document.path.noisy)
    level = LEVELS[shape].replace("ε", f"{settings.eps:g}", 1)
    drift = "b" if pane.kind == NAIVE else "(b + ε s)"
    processes = processes_of(frame.bundle)
    stops = [] if processes is None or processes.until == 1 else [f"to t = {processes.until:g}"]
    return [f"dX = {drift} dt + √(2ε) dW, ε = {level}", *stops]


def colour_of(theme: Theme, kind: str) -> Colour:
    """The colour of a process, in pictures and panels: the wrong one has that of warnings."""
    return {ODE: theme.text, CHURN: theme.dim, SDE: theme.learned, NAIVE: theme.warn}[kind]


def _write(
    painter: QPainter, _width: float, _height: float, frame: Frame, heading: Heading, dot: Colour
) -> None:
    painter.scale(frame.words, frame.words)
    heading.write(painter, frame.theme, dot)
