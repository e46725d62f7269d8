"""Labels beside points of a picture, placed where they cover least."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from flowlab.core.array_types import Floats
from flowlab.scene.base.stage import Stage, rgba
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.ground import small_font

FURTHER = (0.0, 8.0, 16.0, 26.0)  # px off the nearest place
GROUND = 0.78  # opacity of a label's background
PAD_X, PAD_Y = 3.5, 1.0  # px around its text
TURNS = (0.0, 180.0, 45.0, -45.0, 135.0, -135.0, 90.0, -90.0)  # degrees off the side, best first


@dataclass(frozen=True)
class _Label:
    box: QRectF
    text: str
    lower: str
    colour: Colour
    size: int


class Labels:
    """The labels of one picture; those placed first get the best places."""

    def __init__(self, stage: Stage) -> None:
        self._theme = stage.theme
        self._whole = QRectF(2, 2, stage.width - 4, stage.height - 4)
        self._taken: list[QRectF] = []
        self._labels: list[_Label] = []

    def __len__(self) -> int:
        """Return how many labels have a place."""
        return len(self._labels)

    def hold(self, places: Floats, radius: float) -> None:
        """Keep labels off dots of this radius at pixels (n, 2)."""
        for x, y in places[np.isfinite(places).all(1)].tolist():
            self._taken.append(QRectF(x - radius, y - radius, 2 * radius, 2 * radius))

    def put(
        self,
        text: str,
        at: Floats,
        side: Floats,
        colour: Colour,
        *,
        size: int,
        gap: float = 7.0,
        lower: str = "",
        must: bool = False,
    ) -> bool:
        """Place `text` and the index `lower` beside the pixel `at`, towards `side` if possible.

        Return whether a place was found. Without a free place the label is left out, unless it
        `must` be placed: then it overlaps others.
        """
        if not np.isfinite(at).all():
            return False
        box = self._free(self._size(text, lower, size), at, side, gap, must)
        if box is None:
            return False
        self._taken.append(box)
        self._labels.append(_Label(box, text, lower, colour, size))
        return True

    def paint(self, painter: QPainter) -> None:
        """Draw all labels that have a place."""
        for label in self._labels:
            self._write(painter, label)

    def also(self, other: Labels) -> None:
        """Keep off everything that `other` holds labels off, and off its labels."""
        self._taken += other._taken

    def _size(self, text: str, lower: str, size: int) -> tuple[float, float]:
        metrics = _metrics(size)
        across = metrics.horizontalAdvance(text)
        if lower:
            across += metrics.horizontalAdvance(lower)
        return across + 2 * PAD_X, metrics.height() + 2 * PAD_Y + (2.0 if lower else 0.0)

    def _free(
        self, size: tuple[float, float], at: Floats, side: Floats, gap: float, must: bool
    ) -> QRectF | None:
        """Return the first free box around `at`; the least covered one if it `must` be placed.

        A label that must be placed may lie further off, so that it doesn't cover others.
        """
        dx, dy = float(side[0]), float(side[1])
        angle = math.atan2(dy, dx) if dx or dy else -math.pi / 2
        inside = []
        for away, turn in itertools.product(FURTHER if must else FURTHER[:1], TURNS):
            box = _beside(size, at, angle + math.radians(turn), gap + away)
            if self._whole.contains(box):
                if not any(box.intersects(taken) for taken in self._taken):
                    return box
                inside.append(box)
        return min(inside, key=self._covered) if must and inside else None

    def _covered(self, box: QRectF) -> float:
        """Return the area of all that the box would cover."""
        parts = [box.intersected(taken) for taken in self._taken]
        return sum(overlap.width() * overlap.height() for overlap in parts)

    def _write(self, painter: QPainter, label: _Label) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(rgba(self._theme.canvas, GROUND))
        painter.drawRoundedRect(label.box, 4.0, 4.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(rgba(label.colour))
        painter.setFont(_bold(label.size))
        metrics = _metrics(label.size)
        x, base = label.box.x() + PAD_X, label.box.y() + PAD_Y + metrics.ascent()
        painter.drawText(QPointF(x, base), label.text)
        if label.lower:
            painter.setFont(small_font(label.size - 3))
            x += metrics.horizontalAdvance(label.text)
            painter.drawText(QPointF(x, base + 3.0), label.lower)


def _beside(size: tuple[float, float], at: Floats, angle: float, gap: float) -> QRectF:
    """The box whose nearest side lies `gap` from the point in the direction `angle`."""
    (width, height), dx, dy = size, math.cos(angle), math.sin(angle)
    reach = gap + abs(dx) * width / 2 + abs(dy) * height / 2
    x, y = float(at[0]) + reach * dx, float(at[1]) + reach * dy
    return QRectF(x - width / 2, y - height / 2, width, height)


@lru_cache(maxsize=8)
def _metrics(size: int) -> QFontMetricsF:
    return QFontMetricsF(_bold(size))


@lru_cache(maxsize=8)
def _bold(size: int) -> QFont:
    font = QFont(small_font(size))
    font.setWeight(QFont.Weight.DemiBold)
    return font
