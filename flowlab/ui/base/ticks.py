"""A few round numbers along an axis, and short forms of numbers."""

from __future__ import annotations

import math

MINUS = "−"  # as long as the plus, which the hyphen is not


def ticks(low: float, high: float, most: int, *, log: bool = False) -> list[tuple[float, str]]:
    """About `most` or fewer round values between low and high, each with its label."""
    if not high > low:
        return []
    if log and high - low > 0.4:
        powers = range(math.floor(low), math.floor(high) + 1)
        values = [m * 10.0**e for e in powers for m in (1, 2, 5)]
        if high - low > 1.5:
            values = [v for v in values if _digit(v) == "1"]
        logs = [(math.log10(v), v) for v in values if low <= math.log10(v) <= high]
        if len(logs) > 1:
            thin = logs[:: max(1, math.ceil(len(logs) / most))]
            return [(place, short(v)) for place, v in thin]
    span = (10.0**low, 10.0**high) if log else (low, high)
    step = _round_step((span[1] - span[0]) / most)
    first = math.ceil(span[0] / step)
    values = [i * step for i in range(first, math.floor(span[1] / step) + 1)]
    values = [v for v in values if v > 0 or not log]
    return [
        (math.log10(v) if log else v, w) for v, w in zip(values, _apart(values, step), strict=True)
    ]


def _apart(values: list[float], step: float) -> list[str]:
    """Labels of the values, with as many digits as make them distinct."""
    words = [short(v) for v in values]
    if len(set(words)) == len(words):
        return words
    exact = ([f"{v:.{digits}g}" for v in values] for digits in range(4, 16))
    near = (
        e
        for e in exact
        if all(abs(float(w) - v) < step / 20 for w, v in zip(e, values, strict=True))
    )
    return [w.replace("-", MINUS) for w in next(near, words)]


def short(value: float) -> str:
    """The shortest form of a value: 12k, 1.5M, 0.05, 2e-4."""
    for unit, word in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.3g}{word}".replace("-", MINUS)
    if value and abs(value) < 1e-2:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    return (f"{value:.2g}" if abs(value) < 10 else f"{value:.3g}").replace("-", MINUS)


def _digit(value: float) -> str:
    return f"{value:.0e}"[0]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(m for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9)) * power
