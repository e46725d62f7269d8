"""Several pictures of a view that are drawn in one of several ways, as its settings say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QPainter

from flowlab.scene.base.box import Box
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.drawing import PaintOne, Tiles
from flowlab.scene.base.frame import Frame
from flowlab.scene.base.stage import Scratch


@dataclass(frozen=True)
class Either:
    """What draws a frame, chosen by the frame, as `Tiles`."""

    choose: Callable[[Frame], Tiles]

    def is_tiled(self, frame: Frame) -> bool:
        """Return True if this frame is drawn as several pictures."""
        return self.choose(frame).is_tiled(frame)

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
        """Paint all pictures of the frame."""
        chosen = self.choose(frame)
        chosen.paint_tiled(painter, width, height, frame, scratch, dpr, paint_one)

    def tile_at(
        self, frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Camera, Box]:
        """Return the camera and the box of the picture that contains a pixel."""
        return self.choose(frame).tile_at(frame, width, height, x, y, dpr)

    def frame_at(
        self, frame: Frame, width: float, height: float, x: float, y: float, dpr: float = 1.0
    ) -> tuple[Frame, Box] | None:
        """Return the frame and the box of the picture whose particles can be hovered there."""
        return self.choose(frame).frame_at(frame, width, height, x, y, dpr)
