"""The result of the view `divergence`: curl and divergence on a grid; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

LEARNED, EXACT, DIFFERENCE = "learned", "exact", "difference"
TITLES = {LEARNED: "Learned", EXACT: "Exact", DIFFERENCE: "Learned − exact"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Derivatives:
    """Curl and divergence of the learned and the exact velocity at several times.

    `maps` and `rms` have the keys (LEARNED or EXACT or DIFFERENCE, "curl" or "divergence"); without
    an exact field there is only the learned one.
    """

    times: Floats  # (T,)
    xs: Floats  # (W,) centres of the columns
    ys: Floats  # (H,) centres of the rows, upwards
    maps: dict[tuple[str, str], Floats]  # (T, H, W), NaN where p_t has hardly any mass
    rms: dict[tuple[str, str], list[Estimate | None]]  # over p_t, at each time
    samples: int  # of p_t at each time, over which that is
    curl_free: bool | None  # True if the exact curl is 0; None where nothing exact is known
    curl_note: str  # that, and why, in a sentence
    note: str  # how the exact derivatives are known, or why not
    condition: int | None = None  # the class whose velocity it is, of a conditional network

    def __post_init__(self) -> None:
        for array in (self.times, self.xs, self.ys, *self.maps.values()):
            array.setflags(write=False)

    def compact(self) -> Derivatives:
        """Itself: maps take little memory compared with particles."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(each.nbytes for each in self.maps.values())

    def nearest(self, t: float) -> int:
        """The index of the time nearest to t."""
        return int(np.abs(self.times - t).argmin())

    def shown(self, quantity: str) -> list[str]:
        """Which of the maps of "curl" or "divergence" there are, in the order of `TITLES`."""
        return [which for which in TITLES if (which, quantity) in self.maps]

    def scale(self, quantity: str) -> float:
        """The value that gets the full colour at every t: exceeded in few cells."""
        fields = [self.maps[w, quantity] for w in (LEARNED, EXACT) if (w, quantity) in self.maps]
        sizes = [np.abs(each[np.isfinite(each)]) for each in fields]
        most = max((float(np.quantile(each, 0.98)) for each in sizes if each.size), default=0.0)
        return _round_up(most)

    def at(self, quantity: str, t: float, x: float, y: float) -> dict[str, float]:
        """The values in the cell that contains (x, y), where they aren't blank."""
        cell = float(self.xs[1] - self.xs[0])
        i = math.floor((x - float(self.xs[0])) / cell + 0.5)
        j = math.floor((y - float(self.ys[0])) / cell + 0.5)
        if not (0 <= i < len(self.xs) and 0 <= j < len(self.ys)):
            return {}
        k = self.nearest(t)
        found = {w: float(self.maps[w, quantity][k, j, i]) for w in self.shown(quantity)}
        return {which: value for which, value in found.items() if math.isfinite(value)}


def derivatives_of(bundle: Bundle | None) -> Derivatives | None:
    """The derivatives that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Derivatives) else None


def _round_up(value: float) -> float:
    """The next of 1, 2 or 5 times a power of ten; 1 for 0."""
    if not value > 1e-6:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return power * next(step for step in (1, 2, 5, 10) if value <= step * power * (1 + 1e-9))
