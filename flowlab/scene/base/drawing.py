"""How a view is drawn: as layers on one picture, or as several pictures side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Protocol

from PySide6.QtGui import QPainter

from flowlab.core.document.document import Document
from flowlab.core.views.registry import room_of
from flowlab.core.views.rows import resolve
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Layer, Scratch, Stage
from flowlab.scene.base.style import Colour

OWN_AXES = "The lens looks into a picture of the plane (x, y); this view has other axes."
SEVERAL = "The lens looks into one picture of the plane; this view shows several side by side."
PaintOne = Callable[[QPainter, float, float, Frame, Scratch, float], None]


def _always(_document: Document) -> bool:
    return True


class Tiles(Protocol):
    """A module or object that draws some frames of a view as several pictures side by side."""

    @staticmethod
    def is_tiled(frame: Frame) -> bool:
        """Return True if this frame is drawn as several pictures."""

    @staticmethod
    def paint_tiled(
        painter: QPainter,
        width: float,
        height: float,
        frame: Frame,
        scratch: Scratch,
        dpr: float,
        paint_one: PaintOne,
    ) -> None:
        """Paint all pictures of the frame."""

    @staticmethod
    def tile_at(
        frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Camera, Box]:
        """Return the camera and the box of the picture that contains a pixel."""

    @staticmethod
    def frame_at(
        frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Frame, Box] | None:
        """Return the frame and the box of the picture whose particles can be hovered there."""


@dataclass(frozen=True)
class Ground:
    """A layer below all others that stays as it is while a flow plays: it is painted once."""

    layer: Layer
    shows: Callable[[Document], Hashable]  # what it shows; the camera and the colours are known

    def key(self, frame: Frame) -> Hashable:
        """What its picture depends on, beside its place."""
        return self.shows(frame.document), frame.theme


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The layers of a view, from the ground up; each room's `drawings` has one for each view."""

    layers: tuple[Layer, ...]
    ground: Ground | None = None  # on the grid, below the layers
    entries: str = ""  # "module:function" of a stage: the legend's entries of its own colours
    figures: str = ""  # "module:function" that returns the card's lines about the room's results
    tiled: str = ""  # "module" or "module:object" (see `Tiles`) of a view with several pictures
    several: Callable[[Document], bool] = _always  # True if `tiled` applies with these settings
    lens_beside: bool = False  # True if one of several pictures has the lens
    moment: str = ""  # "module:function" of a frame: the t that is shown, if not the frame's own
    own_axes: str = ""  # "module:function", as `pick.nearest`, of a view without plane and camera
    no_lens: str = ""  # why a lens has nothing to show in this picture, in one sentence
    extent: str = (
        ""  # "module:function" of a bundle's `extra`: what a camera shows, if not both ends
    )

    def why_no_lens(self, document: Document) -> str:
        """Why a lens can't look into the picture, in one sentence; empty if it can."""
        if self.own_axes:
            return OWN_AXES
        if self.no_lens:
            return self.no_lens
        side_by_side = self.tiled and self.several(document)
        return SEVERAL if side_by_side and not self.lens_beside else ""

    def lines(self, stage: Stage) -> list[tuple[str, Colour]]:
        """Return the room's own lines of the card, each with its colour."""
        bundle = stage.frame.bundle
        if not self.figures or bundle is None or bundle.extra is None:
            return []
        entries: list[tuple[str, Colour]] = resolve(self.figures)(stage)
        return entries

    def at_its_moment(self, frame: Frame) -> Frame:
        """Return the frame at the t that the view shows for it."""
        return replace(frame, t=resolve(self.moment)(frame)) if self.moment else frame

    def tiles(self, frame: Frame) -> Tiles | None:
        """Return what draws this frame as several pictures; None if it is one."""
        if not self.tiled or frame.bundle is None or frame.bundle.extra is None:
            return None
        named = resolve if ":" in self.tiled else import_module
        tiles: Tiles = named(self.tiled)  # type: ignore[assignment]  # checked by use
        return tiles if tiles.is_tiled(frame) else None


@cache
def drawing_of(view: str) -> Drawing:
    """Return how a view is drawn, from the `drawings` of its room's package."""
    room = import_module(f"flowlab.scene.{room_of(view).name}.drawings")
    drawing: Drawing = room.DRAWINGS[view]
    return drawing
