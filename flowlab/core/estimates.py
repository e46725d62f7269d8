"""An estimated number that carries its standard error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import numpy as np

from flowlab.core.array_types import Floats, Ints

GROUPS = 8  # into which samples are divided, for the standard error of a distance


class Estimate(float):
    """A float with its standard error, and the number of samples behind it.

    `error` is 0 for a value without sampling noise, and NaN where the noise isn't known.
    """

    __slots__ = ("error", "n")
    error: float
    n: int

    def __new__(cls, value: float, error: float = math.nan, n: int = 0) -> Self:
        """Make the number; arithmetic with it gives plain floats."""
        made = super().__new__(cls, value)
        made.error, made.n = float(error), int(n)
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[float, float, int]]:
        """How pickle and copy make it again."""
        return type(self), (float(self), self.error, self.n)


def error_of(value: float | None) -> float | None:
    """The standard error that a value carries; None where it carries none."""
    error = getattr(value, "error", math.nan)
    return float(error) if math.isfinite(error) else None


def mean_estimate(values: Floats) -> Estimate:
    """The mean of independent values (n,) with its standard error."""
    n = len(values)
    values = values.astype(np.float64)
    error = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return Estimate(float(values.mean()), error, n)


def clustered_mean(values: Floats, cluster: Ints) -> Estimate:
    """The mean of values (n,) that are independent between clusters only, with its error."""
    n, mean = len(values), float(values.mean())
    sums = np.bincount(cluster, values - mean)
    sums, count = sums[np.bincount(cluster) > 0], len(np.unique(cluster))
    if count < 2:
        return Estimate(mean, math.nan, n)
    error = math.sqrt(count / (count - 1) * float(np.square(sums).sum())) / n
    return Estimate(mean, error, n)


def root_estimate(square: Estimate) -> Estimate:
    """The square root of an estimate, its error by the delta method."""
    root = math.sqrt(max(0.0, square))
    return Estimate(root, square.error / (2 * root) if root > 0 else math.nan, square.n)


def group_error(values: Sequence[float]) -> float:
    """Standard error of a statistic of all samples, from its values on G equal groups of them.

    Right for statistics whose spread falls as the root of the number of samples, even where their
    mean depends on that number, as that of a distance does.
    """
    if len(values) < 2:
        return math.nan
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def typeset(words: str) -> str:
    """Numbers in words with real minus signs, in exponents too."""
    return words.replace("-", "−")


def to_error(value: float, error: float | None, digits: int = 3, *, fine: bool = False) -> str:
    """A value with as many of `digits` significant digits as its error allows, then the error.

    The error has one significant digit, and the value ends where it does: "6.75 ± 0.02". If `fine`,
    an error that begins with 1 has two, since rounding could change it by a half: "6.7 ± 1.4".
    Where no error is known, or it is 0, the value stands alone.
    """
    if not math.isfinite(value):
        return "–"
    if error is None or not math.isfinite(error) or error <= 0:
        return plain(value, digits)
    more = fine and f"{error:.1e}".startswith("1")
    error = float(f"{error:.1e}" if more else f"{error:.0e}")
    place = math.floor(math.log10(error)) - more  # of the error's last digit
    if value and place < math.floor(math.log10(abs(value))) - digits + 1:
        return plain(value, digits)  # known better than is shown
    if max(abs(value), error) >= 1e4 or place < -4:
        return f"{_exponential(value, 1)} ± {_exponential(error, 0)}"
    places = max(0, -place)
    return f"{round(value, -place):.{places}f} ± {error:.{places}f}"


def to_percent(share: float, error: float | None = None, digits: int = 3) -> str:
    """A share in per cent, with the error it may have: "2.63 ± 0.04 %"."""
    if not math.isfinite(share):
        return "–"
    return f"{to_error(100 * share, None if error is None else 100 * error, digits)} %"


def plain(value: float, digits: int = 3) -> str:
    """A value with so many significant digits; two if it needs an exponent."""
    if value and not 1e-3 <= abs(value) < 1e4:
        return _exponential(value, 1)
    if not value or abs(value) >= 10**digits - 0.5:
        return f"{value:.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def _exponential(value: float, places: int) -> str:
    mantissa, exponent = f"{value:.{places}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def as_good_as_fresh(value: float | None, floor: float | None, spread: float | None) -> bool:
    """True if a distance is no larger than fresh samples show, give or take two deviations."""
    if value is None or floor is None or not spread:
        return False
    return value <= floor + 2 * spread
