"""What all film writers share: pictures as arrays, what changed between two, and their timing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

Bytes = np.ndarray[Any, Any]
Size = tuple[int, int]
Images = Iterable[QImage]


def pixels_of(image: QImage) -> Bytes:
    """Its pixels (height, width, 4) uint8, blue first, without a copy."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)


def rgb_of(image: QImage) -> Bytes:
    """Its pixels (height, width, 3) uint8, red first."""
    return np.ascontiguousarray(pixels_of(image)[..., 2::-1])


def ticks(fps: float, unit: int, count: int) -> list[int]:
    """How long each picture stays, in 1/unit s: whole numbers whose sums stay true to `fps`."""
    ends = [round(k * unit / fps) for k in range(count + 1)]
    return [b - a for a, b in pairwise(ends)]


def changed_box(before: Bytes | None, after: Bytes) -> tuple[int, int, int, int]:
    """x, y, width, height of what differs between two pictures; one pixel where nothing does."""
    if before is None:
        return 0, 0, after.shape[1], after.shape[0]
    differs = (before != after).any(-1) if after.ndim == 3 else before != after
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    if not len(rows):
        return 0, 0, 1, 1
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1
