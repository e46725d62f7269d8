"""What every layer is given: the frame, the size, and arrays to be used again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from flowlab.core.document import View
from flowlab.scene.frame import Frame
from flowlab.scene.style import Colour, Theme

Floats = np.ndarray[Any, Any]


class Scratch:
    """Arrays used again from frame to frame and a few results kept; one per painting thread."""

    def __init__(self) -> None:
        self._arrays: dict[str, Floats] = {}
        self._kept: dict[str, tuple[Hashable, Any]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> Floats:
        """An uninitialised array of this shape, over memory kept under `name`."""
        size = int(np.prod(shape))
        flat = self._arrays.get(name)
        if flat is None or flat.size < size or flat.dtype != dtype:
            flat = self._arrays[name] = np.empty(size, dtype)
        return flat[:size].reshape(shape)

    def keep(self, name: str, key: Hashable, make: Callable[[], Any]) -> Any:
        """The result of `make()`, made anew only when `key` is not the one of last time."""
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = self._kept[name] = (key, make())
        return kept[1]


@dataclass(frozen=True)
class Stage:
    """One frame on its way to a painter of `width` x `height` logical pixels."""

    frame: Frame
    width: float
    height: float
    dpr: float
    vector: bool  # the painter writes SVG or PDF
    scratch: Scratch = field(compare=False)

    @property
    def view(self) -> View:
        """Which layers are on, and how."""
        return self.frame.view

    @property
    def theme(self) -> Theme:
        """The colours."""
        return self.frame.theme

    @property
    def live(self) -> bool:
        """True on the screen, where a frame has a few milliseconds."""
        return self.frame.quality == "live"

    def pixels(self, xy: Floats) -> Floats:
        """Logical pixels (..., 2) of points of the plane."""
        return self.frame.camera.to_screen(xy, self.width, self.height)

    def pen(self, colour: Colour, alpha: float = 1.0, width: float = 1.0) -> QPen:
        """A pen; live hairlines stay one device pixel wide, which Qt draws ten times faster."""
        pen = QPen(rgba(colour, alpha), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.live:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self.live and width <= 1.0:
            pen.setWidthF(1.0)
            pen.setCosmetic(True)
        return pen


Layer = Callable[[QPainter, Stage], None]


def rgba(colour: Colour, alpha: float = 1.0) -> QColor:
    """Qt's colour of one of ours."""
    return QColor(*colour, round(255 * alpha))
