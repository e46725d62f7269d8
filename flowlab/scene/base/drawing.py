"""How a view is drawn: its layers, or several pictures side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from PySide6.QtGui import QPainter

from flowlab.core.views.registry import room_of
from flowlab.core.views.rows import resolve
from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Layer, Scratch, Stage
from flowlab.scene.base.style import Colour

PaintOne = Callable[[QPainter, float, float, Frame, Scratch, float], None]


class Tiles(Protocol):
    """A module that draws some frames of a view as several pictures."""

    @staticmethod
    def is_tiled(frame: Frame) -> bool:
        """True if this frame is several pictures."""

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
        """Paint them all."""

    @staticmethod
    def tile_at(
        frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Camera, Box]:
        """The camera and the place of the picture that a pixel is in."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The layers of a view, from the ground up; each room has one a view in its `drawings`."""

    layers: tuple[Layer, ...]
    figures: str = ""  # "module:function" whose lines the card shows for what the room computed
    tiled: str = ""  # the module (see `Tiles`) of a view that may be several pictures

    def lines(self, stage: Stage) -> list[tuple[str, Colour]]:
        """The room's own lines of the card, each with its colour."""
        bundle = stage.frame.bundle
        if not self.figures or bundle is None or bundle.extra is None:
            return []
        found: list[tuple[str, Colour]] = resolve(self.figures)(stage)
        return found

    def tiles(self, frame: Frame) -> Tiles | None:
        """What draws this frame, if it is several pictures."""
        if not self.tiled or frame.bundle is None or frame.bundle.extra is None:
            return None
        module: Tiles = import_module(self.tiled)  # type: ignore[assignment]  # checked by use
        return module if module.is_tiled(frame) else None


@cache
def drawing_of(view: str) -> Drawing:
    """How a view is drawn: what its room's package in this layer says."""
    room = import_module(f"flowlab.scene.{room_of(view).name}.drawings")
    drawing: Drawing = room.DRAWINGS[view]
    return drawing
