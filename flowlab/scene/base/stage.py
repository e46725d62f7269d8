"""What every layer gets: the frame, the size, and memory reused from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from flowlab.core.array_types import AnyArray, ArrayOf, Floats, Scalar
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Affine
from flowlab.scene.base.frame import Frame, smoothstep
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.style import Colour, Theme

ROOM = 1.25  # factor on the memory that is allocated, so that small growth needs no new array


class Scratch:
    """Arrays and results that are reused from frame to frame; each painting thread has its own."""

    def __init__(self) -> None:
        self._arrays: dict[str, AnyArray] = {}
        self._cached: dict[str, tuple[Hashable, Any]] = {}
        self._used: set[str] = set()
        self._others: dict[int, Scratch] = {}

    def other(self, number: int = 0) -> Scratch:
        """Return the scratch of another picture on this canvas; it lives as long as this one."""
        return self._others.setdefault(number, Scratch())

    def array(self, name: str, shape: tuple[int, ...], dtype: type[Scalar]) -> ArrayOf[Scalar]:
        """Return an uninitialised array of this shape in the memory cached under `name`."""
        size = math.prod(shape)
        flat = self._arrays.get(name)
        if flat is None or flat.size < size or flat.dtype != dtype:
            flat = self._arrays[name] = np.empty(int(ROOM * size), dtype)
        return flat[:size].reshape(shape)

    def places(self, name: str, bundle: Bundle) -> Floats:
        """Return an array (N, 2) float32 for the particles of `bundle`, in its memory layout."""
        count = bundle.points.shape[1]
        if bundle.order == "F":
            return self.array(name, (2, count), np.float32).T
        return self.array(name, (count, 2), np.float32)

    def cached(self, name: str, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the result of `make()`, called anew only if `key` differs from the last one."""
        self._used.add(name)
        entry = self._cached.get(name)
        if entry is None or entry[0] != key:
            entry = self._cached[name] = (key, make())
        return entry[1]

    def sweep(self) -> None:
        """Drop results not used since the last call, because they hold references to bundles."""
        for name in self._cached.keys() - self._used:
            del self._cached[name]
        self._used.clear()


@dataclass(frozen=True)
class Stage:
    """One frame as it is painted on `width` x `height` logical pixels."""

    frame: Frame
    width: float
    height: float
    dpr: float
    vector: bool  # True if the painter writes SVG or PDF
    scratch: Scratch = field(compare=False)

    @property
    def view(self) -> View:
        """The view, which says which layers are drawn and how."""
        return self.frame.view

    @property
    def theme(self) -> Theme:
        """The colours."""
        return self.frame.theme

    @property
    def live(self) -> bool:
        """True on the screen, where a frame must take only a few milliseconds."""
        return self.frame.quality == "live"

    @property
    def device(self) -> tuple[int, int]:
        """Columns and rows of device pixels."""
        return round(self.width * self.dpr), round(self.height * self.dpr)

    def pixels(self, xy: Floats) -> Floats:
        """Return the logical pixels (..., 2) of points of the plane."""
        return self.frame.camera.to_screen(xy, self.width, self.height)

    def affine(self, t: float) -> Affine:
        """Return the map from a bundle's positions at time t to device pixels, with the layout."""
        moved = plane_offset(self.view, self.frame.bundle, t)
        return self.frame.camera.affine(*self.device).moved(*moved)

    @cached_property
    def now(self) -> Floats:
        """The particles' positions (N, 2) in the plane at the frame's t, computed once a frame."""
        assert self.frame.bundle is not None
        return self.read(self.frame.bundle, self.frame.before, self.frame.t, "now")

    def read(self, new: Bundle, old: Bundle | None, t: float, name: str) -> Floats:
        """Return positions (N, 2) at t between `old` and `new`, in memory cached under `name`."""
        out = new.at(t, self.scratch.places(name, new))
        if old is not None:
            share = np.float32(smoothstep(self.frame.blend))
            before = old.at(t, self.scratch.places(f"{name} before", new))
            before *= np.float32(1) - share
            out *= share
            out += before
        return out

    def draw(self, painter: QPainter, image: QImage, x: int, y: int, *, light: bool) -> None:
        """Draw an image of device pixels: light is added, ink is laid over.

        The image is drawn at a scale of one, which Qt copies; a rectangle would make it resample.
        """
        painter.save()
        if light and not self.vector:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        painter.scale(1 / self.dpr, 1 / self.dpr)
        painter.drawImage(QPoint(x, y), image)
        painter.restore()

    def pen(self, colour: Colour, alpha: float = 1.0, width: float = 1.0) -> QPen:
        """Return a pen; live hairlines are one device pixel wide, drawn by Qt ten times faster."""
        pen = QPen(rgba(colour, alpha), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.live:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self.live and width <= 1.0:
            pen.setWidthF(1.0)
            pen.setCosmetic(True)
        return pen


@contextmanager
def enlarged(painter: QPainter, stage: Stage) -> Iterator[Stage]:
    """The stage on which words and keys are painted: with larger pixels in small files."""
    zoom = stage.frame.words
    if zoom == 1.0:
        yield stage
        return
    painter.save()
    painter.scale(zoom, zoom)
    yield replace(stage, width=stage.width / zoom, height=stage.height / zoom, dpr=stage.dpr * zoom)
    painter.restore()


Layer = Callable[[QPainter, Stage], None]


def rgba(colour: Colour, alpha: float = 1.0) -> QColor:
    """Return Qt's colour for one of the theme's."""
    return QColor(*colour, round(255 * alpha))
