"""What every layer is given: the frame, the size, and arrays to be used again."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from flowlab.core.array_types import AnyArray, ArrayOf, Floats, Scalar
from flowlab.core.document.document import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Affine
from flowlab.scene.base.frame import Frame, smoothstep
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.style import Colour, Theme

ROOM = 1.25  # memory is taken with some room, so that what grows a little stays in it


class Scratch:
    """Arrays used again from frame to frame and a few results kept; one per painting thread."""

    def __init__(self) -> None:
        self._arrays: dict[str, AnyArray] = {}
        self._kept: dict[str, tuple[Hashable, Any]] = {}
        self._used: set[str] = set()
        self._others: dict[int, Scratch] = {}

    def other(self, number: int = 0) -> Scratch:
        """One for another picture beside, kept as long as this one."""
        return self._others.setdefault(number, Scratch())

    def array(self, name: str, shape: tuple[int, ...], dtype: type[Scalar]) -> ArrayOf[Scalar]:
        """An uninitialised array of this shape, over memory kept under `name`."""
        size = math.prod(shape)
        flat = self._arrays.get(name)
        if flat is None or flat.size < size or flat.dtype != dtype:
            flat = self._arrays[name] = np.empty(int(ROOM * size), dtype)
        return flat[:size].reshape(shape)

    def places(self, name: str, bundle: Bundle) -> Floats:
        """An array (N, 2) float32 for the particles of `bundle`, laid out as it is read fastest."""
        count = bundle.points.shape[1]
        if bundle.order == "F":
            return self.array(name, (2, count), np.float32).T
        return self.array(name, (count, 2), np.float32)

    def keep(self, name: str, key: Hashable, make: Callable[[], Any]) -> Any:
        """The result of `make()`, made anew only when `key` is not the one of last time."""
        self._used.add(name)
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = self._kept[name] = (key, make())
        return kept[1]

    def sweep(self) -> None:
        """Forget the results that nobody has asked for since the last call: they hold bundles."""
        for name in self._kept.keys() - self._used:
            del self._kept[name]
        self._used.clear()


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

    @property
    def device(self) -> tuple[int, int]:
        """Columns and rows of device pixels."""
        return round(self.width * self.dpr), round(self.height * self.dpr)

    def pixels(self, xy: Floats) -> Floats:
        """Logical pixels (..., 2) of points of the plane."""
        return self.frame.camera.to_screen(xy, self.width, self.height)

    def affine(self, t: float) -> Affine:
        """Device pixels of what a bundle has at time t, where the layout puts it."""
        moved = plane_offset(self.view, self.frame.bundle, t)
        return self.frame.camera.affine(*self.device).moved(*moved)

    @cached_property
    def now(self) -> Floats:
        """The particles' places (N, 2) in the plane at the frame's t, read once for all layers."""
        assert self.frame.bundle is not None
        return self.read(self.frame.bundle, self.frame.before, self.frame.t, "now")

    def read(self, new: Bundle, old: Bundle | None, t: float, name: str) -> Floats:
        """Places (N, 2) at t between those of `old` and of `new`, in memory kept under `name`."""
        out = new.at(t, self.scratch.places(name, new))
        if old is not None:
            share = np.float32(smoothstep(self.frame.blend))
            before = old.at(t, self.scratch.places(f"{name} before", new))
            before *= np.float32(1) - share
            out *= share
            out += before
        return out

    def draw(self, painter: QPainter, image: QImage, x: int, y: int, *, light: bool) -> None:
        """Put an image of device pixels on the picture, light added or ink laid over.

        At a scale of one, which Qt copies; told to fit a rectangle, it would resample.
        """
        painter.save()
        if light and not self.vector:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.scale(1 / self.dpr, 1 / self.dpr)
        painter.drawImage(QPoint(x, y), image)
        painter.restore()

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
