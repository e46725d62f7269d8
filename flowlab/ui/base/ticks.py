"""A few round numbers along an axis, and short forms of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

MINUS = "−"  # as long as the plus, which the hyphen is not
LEAST = 3  # numbers that tell a scale
LONG = 2.0  # powers of ten in which two round numbers tell the scale as well
Numbers = list[tuple[float, str]]
ROUND = (1.0,), (1.0, 2.0, 5.0)
DIGITS = (
    (1.0, 3.0),
    (1.0, 2.0, 3.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
)  # for parts of a power of ten


def ticks(
    low: float,
    high: float,
    most: int,
    *,
    log: bool = False,
    apart: float = 0.0,
    until: float = math.inf,
) -> list[tuple[float, str]]:
    """About `most` or fewer round values between low and high, each with its label.

    At least three, if these may lie closer: down to `apart`, a share of the axis. Those beyond
    `until` don't count.
    """
    if not high > low:
        return []
    usual, gap = _usual(low, high, most, log), apart * (high - low)
    if _count(usual, until) < LEAST or _least_gap(usual) < gap:
        long = log and high - low > LONG
        logs = list(_round_logs(low, high)) if log else []
        sets = (logs, LEAST), (logs, LEAST - 1 if long else LEAST), (_closer(low, high, log), LEAST)
        for values, least in sets:
            for found in _spaced(values, gap, log):
                if _count(found, until) >= least:
                    return found
    return usual


def _spaced(values: Iterable[list[float]], gap: float, log: bool) -> Iterator[Numbers]:
    """The sets in which all lie far enough apart, and then the others, with fewer numbers."""
    closer = [_labelled(v, log) for v in values]
    yield from (found for found in closer if _least_gap(found) >= gap)
    yield from (_thinned(found, gap) for found in closer)


def _usual(low: float, high: float, most: int, log: bool) -> list[tuple[float, str]]:
    if log and high - low > 0.4:
        sets = (_of_decades(low, high, m) for m in (ROUND if high - low > 1.5 else ROUND[1:]))
        values = next((found for found in sets if len(found) > 1), [])
        if values:
            return _labelled(values[:: max(1, math.ceil(len(values) / most))], log)
    span = (10.0**low, 10.0**high) if log else (low, high)
    step = _round_step((span[1] - span[0]) / most)
    return _labelled(_multiples(span[0], span[1], step, log), log)


def _round_logs(low: float, high: float) -> Iterator[list[float]]:
    """The numbers of a logarithmic axis: 1, 2 and 5 times powers of ten, or powers of two."""
    for digits in ROUND:
        yield _of_decades(low, high, digits)
    for stride in (1, 2, 3):
        powers = (2.0**k for k in range(0, 64, stride))
        yield [v for v in powers if low <= math.log10(v) <= high]


def _closer(low: float, high: float, log: bool) -> Iterator[list[float]]:
    """Sets of round values, closer and closer to each other."""
    for digits in DIGITS if log else ():
        yield _of_decades(low, high, digits)
    span = (10.0**low, 10.0**high) if log else (low, high)
    power = 10.0 ** math.ceil(math.log10(span[1] - span[0]))
    for k in range(3):
        for step in (5.0, 2.5, 2.0, 1.0):
            yield _multiples(span[0], span[1], step * power / 10.0 ** (k + 1), log)


def _of_decades(low: float, high: float, digits: Sequence[float]) -> list[float]:
    powers = range(math.floor(low), math.floor(high) + 1)
    return [v for e in powers for m in digits if low <= math.log10(v := m * 10.0**e) <= high]


def _multiples(low: float, high: float, step: float, log: bool) -> list[float]:
    whole = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [i * step for i in whole if i > 0 or not log]


def _labelled(values: list[float], log: bool) -> list[tuple[float, str]]:
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    words = _apart(values, step)
    return [(math.log10(v) if log else v, w) for v, w in zip(values, words, strict=True)]


def _count(found: list[tuple[float, str]], until: float) -> int:
    return sum(place <= until for place, _ in found)


def _least_gap(found: list[tuple[float, str]]) -> float:
    return min((b - a for (a, _), (b, _) in pairwise(found)), default=math.inf)


def _thinned(found: list[tuple[float, str]], gap: float) -> list[tuple[float, str]]:
    """Those that lie far enough above the one kept before."""
    kept: list[tuple[float, str]] = []
    for place, words in found:
        if not kept or place - kept[-1][0] >= gap:
            kept.append((place, words))
    return kept


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


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(m for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9)) * power
