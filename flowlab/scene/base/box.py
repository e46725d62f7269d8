"""A rectangle of the canvas."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A part of the canvas in logical pixels, whose edges lie on device pixels."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, x: float, y: float) -> bool:
        """Return True if the pixel (x, y) of the canvas lies in the box."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height
