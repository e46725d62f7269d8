"""What all film encoders share: pictures as arrays, and their timing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from PySide6.QtGui import QImage

from flowlab.core.array_types import Bytes

Size = tuple[int, int]
Images = Iterable[QImage]


def pixels_of(image: QImage) -> Bytes:
    """The image's pixels (height, width, 4) uint8, blue first, without a copy."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)


def rgb_of(image: QImage) -> Bytes:
    """The image's pixels (height, width, 3) uint8, red first."""
    return np.ascontiguousarray(pixels_of(image)[..., 2::-1])


def ticks(fps: float, unit: int, count: int) -> list[int]:
    """Durations of the pictures in 1/unit s: integers whose running sums match `fps`."""
    ends = [round(k * unit / fps) for k in range(count + 1)]
    return [b - a for a, b in pairwise(ends)]
