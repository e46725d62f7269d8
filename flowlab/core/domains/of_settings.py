"""The walls that a document's settings describe."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flowlab.core.domains import disc, polygon, rectangle, square, triangle
from flowlab.core.reflected.settings import Reflected

if TYPE_CHECKING:
    from flowlab.core.domains import Domain


def walls_of(settings: Reflected) -> Domain:
    """The domain that the settings describe; raises `Invalid` for walls that enclose nothing."""
    s = settings
    if s.walls == "drawn":
        return _drawn(s.outline)
    return _made(s.walls, s.width, s.height, (s.center_x, s.center_y))


@lru_cache(maxsize=16)
def _drawn(outline: tuple[tuple[tuple[float, float], ...], ...]) -> Domain:
    return polygon(outline[0], outline[1:])


@lru_cache(maxsize=16)
def _made(kind: str, width: float, height: float, center: tuple[float, float]) -> Domain:
    if kind == "square":
        return square(width, center)
    if kind == "rectangle":
        return rectangle(width, height, center)
    if kind == "disc":
        return disc(width / 2, center)
    return triangle(kind, width, center)
