"""Samples of shapes for thumbnails, made one after the other and kept by their keys."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng

Floats = np.ndarray[Any, Any]


class Thumbnails:
    """`want` from any thread, `fill` in the one that makes them, `find` from any."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Shape, Floats]] = {}
        self._wanted: dict[str, tuple[Shape, int]] = {}
        self._lock = threading.Lock()

    def want(self, key: str, shape: Shape, n: int) -> None:
        """Have `n` samples of a shape made by the next `fill`; newer wishes replace older."""
        with self._lock:
            self._wanted[key] = (shape, n)

    def find(self, key: str) -> Floats | None:
        """Samples (n, 2) made under that key, read-only, or None while there are none."""
        found = self._made.get(key)
        return None if found is None else found[1]

    def fill(self) -> None:
        """Make all that is wanted."""
        while True:
            with self._lock:
                if not self._wanted:
                    return
                key = next(iter(self._wanted))
                shape, n = self._wanted.pop(key)
            found = self._made.get(key)
            if found is None or found[0] != shape or len(found[1]) != n:
                self._made[key] = (shape, _samples(shape, n))


def _samples(shape: Shape, n: int) -> Floats:
    try:
        points: Floats = build(shape).sample(n, torch_rng(0, Stream.THUMBNAILS)).numpy()
    except Invalid:
        points = np.zeros((0, 2), np.float32)  # an empty drawing has an empty thumbnail
    points.setflags(write=False)
    return points
