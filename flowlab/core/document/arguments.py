"""Checks of scripts' arguments: numbers, times, and rows of numbers. Imports no torch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

from flowlab.core.array_types import AnyArray, Doubles
from flowlab.core.document.limits import Invalid, shown

LONGEST_NAME = 80  # characters
SLACK = 1e-6  # of a time that rounding put outside [0, 1]


def is_whole(value: Any, least: int = 1, most: int | None = None) -> bool:
    """True for a whole number of any type within the limits; False for a bool."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        return False
    return least <= int(value) and (most is None or int(value) <= most)


def is_number(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """True for one finite real number within the limits."""
    return is_real(value) and math.isfinite(value) and least <= float(value) <= most


def whole(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """The value as an int; raises `Invalid` unless it is a whole number within the limits."""
    value = plain_number(value)
    if not is_whole(value, least, most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most:,}"
        raise Invalid(f"{name} must be a whole number {limits}, not {shown(value)}.")
    return int(value)


def seed_of(value: Any) -> int:
    """The value as the seed of a named stream of random numbers; raises `Invalid`."""
    return whole(value, "The seed", 0, 2**63 - 1)


def plain_number(value: Any) -> Any:
    """The Python number for a scalar of NumPy or torch; other values unchanged."""
    single = hasattr(value, "item") and getattr(value, "shape", None) == ()
    return value.item() if single else value


def is_real(value: Any) -> bool:
    """True for a real number of any type, but a bool."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def time_of(t: Any, name: str = "t") -> float:
    """The time as a float in [0, 1]; raises `Invalid` unless it is one number from 0 to 1."""
    if type(t) is float and 0 <= t <= 1:
        return t
    value = t.item() if getattr(t, "shape", None) in ((), (1,)) else t
    if not is_real(value):
        raise Invalid(outside(t, name))
    if not -SLACK <= value <= 1 + SLACK:
        raise Invalid(outside(value, name))
    return min(max(float(value), 0.0), 1.0)


def outside(t: Any, name: str = "t") -> str:
    """The sentence for a time outside [0, 1]."""
    return f"{name} must be a number from 0, the source, to 1, the target, not {shown(t)}."


def times_in(given: Any, name: str = "t") -> Doubles:
    """Times in a row, clipped to [0, 1] like one of them; raises `Invalid`."""
    times: Doubles = np.array(row_of(given, "The times"))
    out = ~((times >= -SLACK) & (times <= 1 + SLACK))
    if out.any():
        raise Invalid(outside(float(times[out][0]), name))
    return times.clip(0.0, 1.0)


def numbers_of(given: Any, name: str) -> AnyArray:
    """Real numbers as an array of an integer or floating type; raises `Invalid` for others.

    Tensors and arrays are read as they are (of a mask True is 1), nested lists by their numbers.
    """
    try:
        array = np.array(given.detach().cpu().numpy() if hasattr(given, "detach") else given)
        if array.dtype.kind == "O" and all(map(is_real, array.flat)):
            array = array.astype(np.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        array = np.array(None)
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "b" and not array.ndim):
        raise Invalid(f"{name} must be real numbers, not {shown(given)}.")
    return array


def rows_of(given: Any, columns: int, name: str) -> tuple[tuple[float, ...], ...]:
    """Rows of so many numbers as tuples, as documents hold them; raises `Invalid`.

    Values need not be finite.
    """
    if _are_rows(given, columns):
        return given  # type: ignore[no-any-return]
    array = numbers_of(given, name)
    if array.ndim != 2 or array.shape[1] != columns:
        what = f"rows of {columns} numbers"
        raise Invalid(f"{name} must be {what}, not of shape {array.shape}.")
    return tuple(tuple(row) for row in array.astype(np.float64).tolist())


def _are_rows(given: Any, columns: int) -> bool:
    """True for tuples of plain numbers, which are taken as they are."""
    return isinstance(given, tuple) and all(
        isinstance(row, tuple) and len(row) == columns and all(map(_is_plain, row)) for row in given
    )


def row_of(given: Any, name: str, count: int | None = None) -> tuple[float, ...]:
    """Numbers in a row as a tuple, `count` of them where that is given; raises `Invalid`."""
    if isinstance(given, tuple) and all(map(_is_plain, given)) and count in (None, len(given)):
        return given
    array = numbers_of(given, name)
    if array.ndim != 1 or count not in (None, len(array)):
        what = "numbers in a row" if count is None else f"{count} numbers"
        raise Invalid(f"{name} must be {what}, not of shape {array.shape}.")
    return tuple(array.astype(np.float64).tolist())


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def kind_of(given: Any, kind: type | tuple[type, ...], name: str, wanted: str) -> Any:
    """The value; raises `Invalid` unless it is of that type."""
    if not isinstance(given, kind):
        raise Invalid(f"{name} must be {wanted}, not {shown(given)}.")
    return given


def names_of(given: Any, most: int, what: str) -> tuple[str, ...]:
    """The words as a tuple, each in one line and of moderate length; raises `Invalid` for others.

    At most so many are taken; white space at their ends is cut.
    """
    words = tuple(given) if isinstance(given, list | tuple) else None
    if words is None or len(words) > most or not all(isinstance(word, str) for word in words):
        raise Invalid(f"{what} must be a list of at most {most} words, not {shown(given)}.")
    return tuple(" ".join(word.split())[:LONGEST_NAME] for word in words)


def name_of(given: Any, known: Iterable[str], what: str) -> str:
    """The name; raises `Invalid` unless it is one of the known ones."""
    if not isinstance(given, str) or given not in tuple(known):
        raise Invalid(f"There is no {what} {shown(given)}; try {', '.join(known)}.")
    return given
