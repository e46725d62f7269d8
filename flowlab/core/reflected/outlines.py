"""Drawn walls to begin with, each by its name; imports no torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from flowlab.core.reflected.settings import STAR, Ring


@dataclass(frozen=True)
class Outline:
    """Walls as rings, the outer one first, with their title and other names."""

    title: str
    rings: tuple[Ring, ...]
    also: str = ""


def _round(radius: Callable[[float], float], corners: int) -> Ring:
    """A curve around 0 by its distance at each angle, counter-clockwise from the right."""
    angles = (2 * math.pi * k / corners for k in range(corners))
    return tuple(
        (round(radius(a) * math.cos(a), 3), round(radius(a) * math.sin(a), 3)) for a in angles
    )


def _heart(corners: int = 44, size: float = 2.5) -> Ring:
    def at(a: float) -> tuple[float, float]:
        y = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
        return round(-size * math.sin(a) ** 3, 3), round(size / 16 * (y + 2.5), 3)

    return tuple(at(2 * math.pi * k / corners) for k in range(corners))


_CROSS: Ring = (
    (0.9, -2.5), (0.9, -0.9), (2.5, -0.9), (2.5, 0.9), (0.9, 0.9), (0.9, 2.5),
    (-0.9, 2.5), (-0.9, 0.9), (-2.5, 0.9), (-2.5, -0.9), (-0.9, -0.9), (-0.9, -2.5),
)  # fmt: skip
_DOOR: Ring = (
    (-2.8, -1.7), (-0.3, -1.7), (-0.3, -0.3), (0.3, -0.3), (0.3, -1.7), (2.8, -1.7),
    (2.8, 1.7), (0.3, 1.7), (0.3, 0.3), (-0.3, 0.3), (-0.3, 1.7), (-2.8, 1.7),
)  # fmt: skip
# One stroke, as a pencil would draw it: it goes from room to room and back by the same way, which
# encloses nothing.
_APART: Ring = (
    (-2.8, -1.7), (0.2, -1.7), (0.2, 0.0), (0.8, 0.0), (0.8, -1.7), (2.8, -1.7),
    (2.8, 1.7), (0.8, 1.7), (0.8, 0.0), (0.2, 0.0), (0.2, 1.7), (-2.8, 1.7),
)  # fmt: skip

OUTLINES = {
    "star": Outline("Star", STAR, "pentagram"),
    "heart": Outline("Heart", (_heart(),), "cardioid"),
    "ring": Outline(
        "Ring",
        (_round(lambda _: 2.6, 40), tuple(reversed(_round(lambda _: 1.1, 24)))),
        "annulus, hole, doughnut, donut",
    ),
    "cross": Outline("Cross", (_CROSS,), "plus"),
    "flower": Outline(
        "Flower", (_round(lambda a: 1.95 + 0.65 * math.cos(5 * a), 60),), "petals, rose"
    ),
    "door": Outline("Two rooms and a door", (_DOOR,), "bottleneck, dumbbell, channel, corridor"),
    "apart": Outline("Two separate rooms", (_APART,), "disconnected, mass per room, components"),
}


def outline_named(rings: tuple[Ring, ...]) -> str:
    """The name of these walls; empty for others."""
    return next((name for name, known in OUTLINES.items() if known.rings == rings), "")
