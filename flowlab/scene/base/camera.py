"""The camera: which part of the plane a picture shows. Axes are equal and y points upwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from flowlab.core.array_types import Floats

Extent = tuple[float, float, float, float]  # x0, x1, y0, y1

SMALLEST, LARGEST = 1e-3, 1e4  # smallest and largest half height that zooming can reach


class Affine(NamedTuple):
    """The map from the plane to a picture's pixels: pixel = gain * x + shift on each axis."""

    gain_x: float = 1.0
    shift_x: float = 0.0
    gain_y: float = 1.0
    shift_y: float = 0.0

    def moved(self, dx: float, dy: float) -> Affine:
        """Return the map for points that are first moved by (dx, dy) units of the plane."""
        x, y = self.shift_x + self.gain_x * dx, self.shift_y + self.gain_y * dy
        return Affine(self.gain_x, x, self.gain_y, y)

    def times(self, factor: float) -> Affine:
        """Return the map for pixels `factor` times as small."""
        return Affine(*(factor * number for number in self))

    def write(self, xy: Floats, x: Floats, y: Floats) -> None:
        """Write the pixels of the points xy (..., 2) to x and y (...)."""
        np.multiply(xy[..., 0], np.float32(self.gain_x), out=x)
        np.multiply(xy[..., 1], np.float32(self.gain_y), out=y)
        x += np.float32(self.shift_x)
        y += np.float32(self.shift_y)


@dataclass(frozen=True)
class Camera:
    """The centre of the picture and half its height, in units of the plane."""

    centre_x: float = 0.0
    centre_y: float = 0.0
    half_height: float = 7.0

    def scale(self, height: float) -> float:
        """Pixels per unit of the plane."""
        return height / (2.0 * self.half_height)

    def affine(self, width: float, height: float) -> Affine:
        """Return the map from the plane to a picture of this size; y runs down on the screen."""
        k = self.scale(height)
        return Affine(k, width / 2 - k * self.centre_x, -k, height / 2 + k * self.centre_y)

    def to_screen(self, xy: Floats, width: float, height: float) -> Floats:
        """Return the pixels (..., 2) float32 of the points (..., 2)."""
        xy = np.asarray(xy, np.float32)
        screen = np.empty_like(xy)  # the same memory layout as xy
        self.affine(width, height).write(xy, screen[..., 0], screen[..., 1])
        return screen

    def to_plane(self, px: float, py: float, width: float, height: float) -> tuple[float, float]:
        """Return the point of the plane under a pixel."""
        k = self.scale(height)
        return self.centre_x + (px - width / 2) / k, self.centre_y - (py - height / 2) / k

    def visible(self, width: float, height: float) -> Extent:
        """Return the part of the plane that a picture of this size shows."""
        half_width = self.half_height * width / height
        x, y, half = self.centre_x, self.centre_y, self.half_height
        return x - half_width, x + half_width, y - half, y + half

    def zoomed(self, factor: float, about_xy: tuple[float, float]) -> Camera:
        """Return the camera enlarged by `factor`; the point `about_xy` of the plane stays put."""
        half = min(max(self.half_height / factor, SMALLEST), LARGEST)
        k = half / self.half_height
        x, y = about_xy
        return Camera(x + k * (self.centre_x - x), y + k * (self.centre_y - y), half)

    def panned(self, dx: float, dy: float) -> Camera:
        """Return the camera moved by (dx, dy) units of the plane."""
        return replace(self, centre_x=self.centre_x + dx, centre_y=self.centre_y + dy)

    def resized(self, old: tuple[float, float], new: tuple[float, float]) -> Camera:
        """Return a camera that at size `new` shows all that this one shows at size `old` (w, h)."""
        factor = max(1.0, (old[0] / old[1]) / (new[0] / new[1]))
        return replace(self, half_height=self.half_height * factor)

    @staticmethod
    def fit(
        extents: Extent | Iterable[Extent], width: float, height: float, margin: float = 0.08
    ) -> Camera:
        """Return the closest camera that shows all `extents`, with `margin` of each side free."""
        boxes = np.array(extents, np.float64).reshape(-1, 4)
        x0, y0 = boxes[:, 0].min(), boxes[:, 2].min()
        x1, y1 = boxes[:, 1].max(), boxes[:, 3].max()
        half = max((y1 - y0) / 2, (x1 - x0) / 2 * height / width) / (1 - 2 * margin)
        half = min(max(float(half), SMALLEST), LARGEST)
        return Camera(float(x0 + x1) / 2, float(y0 + y1) / 2, half)
