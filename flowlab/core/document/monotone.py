"""Monotone piecewise cubics through a few knots, for NumPy arrays and torch tensors alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

Knots = Sequence[tuple[float, float]]


class MonotoneCubic:
    """A C1 piecewise cubic through knots (t, y), monotone between any two of them.

    Fritsch and Carlson 1980, with the knot derivatives of Fritsch and Butland 1984 (a weighted
    harmonic mean). Constant before the first and after the last knot.
    """

    def __init__(self, knots: Knots) -> None:
        self.knots = tuple(knots)
        derivatives = _derivatives(self.knots)
        self._pieces = [
            (t, s - t, y, v - y, d, e)
            for ((t, y), (s, v)), (d, e) in zip(
                pairwise(self.knots), pairwise(derivatives), strict=True
            )
        ]
        self._first = self.knots[0][1], derivatives[0]

    def at(self, t: Any) -> Any:
        """Its value at times t, as a sum of the increments of all pieces up to t."""
        y = self._first[0] + 0 * t
        for start, width, _, rise, d, e in self._pieces:
            u = ((t - start) / width).clip(0, 1)
            v = 1 - u
            y = y + rise * u * u * (3 - 2 * u) + width * u * v * (d * v - e * u)
        return y

    def derivative(self, t: Any) -> Any:
        """Its derivative at times t: what each piece adds to the slope at its start."""
        dy = self._first[1] + 0 * t
        for start, width, _, rise, d, e in self._pieces:
            u = ((t - start) / width).clip(0, 1)
            v = 1 - u
            dy = dy + 6 * rise / width * u * v + d * (v * (1 - 3 * u) - 1)
            dy = dy + e * u * (3 * u - 2)
        return dy


def _derivatives(knots: Knots) -> list[float]:
    """The derivative at each knot."""
    widths = [b[0] - a[0] for a, b in pairwise(knots)]
    secants = [(b[1] - a[1]) / h for (a, b), h in zip(pairwise(knots), widths, strict=True)]
    if len(secants) == 1:
        return [secants[0], secants[0]]
    inner = [
        _harmonic(h, k, a, b)
        for (h, k), (a, b) in zip(pairwise(widths), pairwise(secants), strict=True)
    ]
    first = _end(widths[0], widths[1], secants[0], secants[1])
    last = _end(widths[-1], widths[-2], secants[-1], secants[-2])
    return [first, *inner, last]


def _harmonic(h: float, k: float, a: float, b: float) -> float:
    """Derivative between pieces of widths h, k and secant slopes a, b; 0 at an extremum."""
    if a * b <= 0:
        return 0.0
    return 3 * (h + k) / ((2 * k + h) / a + (k + 2 * h) / b)


def _end(h: float, k: float, a: float, b: float) -> float:
    """At an end beside pieces of widths h, k and slopes a, b: parabolic, kept from overshooting."""
    derivative = ((2 * h + k) * a - h * b) / (h + k)
    if derivative * a <= 0:
        return 0.0
    return 3 * a if a * b <= 0 and abs(derivative) > 3 * abs(a) else derivative
