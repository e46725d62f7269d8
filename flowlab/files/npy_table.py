"""NPY arrays from other programs; the header is checked before the numbers are read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid

HEAD = 10_012  # bytes within which a header ends
MOST_COLUMNS = 200
_MOST_VALUES = 3  # times as many as there may be points
_MAGIC = b"\x93NUMPY"
_DESCR = re.compile(r"""['"]descr['"]\s*:\s*(?:['"]([^'"]{1,40})['"]|\[)""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\d\sL,]*)\)""")
_REAL = re.compile(r"[<>|=]?([fiu](1|2|4|8|16)|b1|\?)")
_WORDS = re.compile(r"[<>|=]?[US][1-9]\d{0,2}")
_OTHERS = {"O": "Python objects", "c": "complex numbers", "S": "text", "U": "text", "M": "dates"}


@dataclass(frozen=True)
class Header:
    """The header of an NPY array."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int  # offset of the numbers in bytes

    @property
    def end(self) -> int:
        """Offset of the end of the numbers in bytes."""
        return self.start + math.prod(self.shape) * self.dtype.itemsize


def header_of(
    start: bytes | bytearray, name: str, most_rows: int, *, words: bool = False
) -> Header:
    """The header in the first bytes of an array; raises `Invalid` unless it has rows of numbers.

    With `words`, a list of short words is accepted too.
    """
    begin, end = _place(start)
    text = start[begin:end].decode("latin-1")
    descr, order, shape = _DESCR.search(text), _ORDER.search(text), _SHAPE.search(text)
    if not begin < end <= len(start) or descr is None or order is None or shape is None:
        raise Invalid(f"{name} is not an NPY array, or is damaged.")
    lengths = tuple(int(length[:20]) for length in re.findall(r"\d+", shape[1]))
    dtype = _dtype(descr[1] or "a table with named columns", name, words)
    rows, columns = lengths[::-1] if is_turned(lengths) else (*lengths, 1, 1)[:2]
    if len(lengths) not in (1, 2) or columns > MOST_COLUMNS:
        raise Invalid(
            f"{name} must have rows x, y and perhaps a class, not the shape {_short(lengths)}."
        )
    if rows > most_rows:
        raise Invalid(f"{name} holds {rows:,} points; thin it out to at most {most_rows:,}.")
    if math.prod(lengths) > _MOST_VALUES * most_rows:
        raise Invalid(f"{name} holds {math.prod(lengths):,} numbers; leave out some columns.")
    return Header(lengths, order[1] == "True", dtype, end)


def is_turned(shape: tuple[int, ...]) -> bool:
    """True for two or three long rows, as of an array whose columns are points."""
    return len(shape) == 2 and shape[0] in (2, 3) and shape[1] > 2 * shape[0]


def values_of(content: bytes | bytearray, header: Header, name: str) -> Doubles:
    """The numbers in double precision; raises `Invalid` where some are missing."""
    if len(content) < header.end:
        raise Invalid(f"{name} is cut short; save it again.")
    raw = np.frombuffer(content, header.dtype, math.prod(header.shape), header.start)
    with np.errstate(all="ignore"):  # what does not fit becomes infinite, and is refused as such
        values = raw.reshape(header.shape, order="F" if header.fortran else "C")
        return values.astype(np.float64)


def words_of(content: bytes | bytearray, header: Header, name: str) -> list[str]:
    """The words of an array of text; raises `Invalid` where some are missing."""
    if len(content) < header.end:
        raise Invalid(f"{name} is cut short; save it again.")
    raw = np.frombuffer(content, header.dtype, math.prod(header.shape), header.start)
    try:
        return [w if isinstance(w, str) else w.decode("utf-8", "replace") for w in raw.tolist()]
    except ValueError:  # no characters
        raise Invalid(f"{name} is not an NPY array, or is damaged.") from None


def _place(start: bytes | bytearray) -> tuple[int, int]:
    """Begin and end of the header's text; (0, 0) without a header."""
    if not start.startswith(_MAGIC) or len(start) < 12 or start[6] not in (1, 2, 3):
        return 0, 0
    size = 2 if start[6] == 1 else 4
    return 8 + size, 8 + size + int.from_bytes(start[8 : 8 + size], "little")


def _dtype(descr: str, name: str, words: bool) -> np.dtype[Any]:
    try:
        if _REAL.fullmatch(descr) or (words and _WORDS.fullmatch(descr)):
            return np.dtype(descr)
    except TypeError:  # not on this machine
        pass
    kind = _OTHERS.get(descr.lstrip("<>|=")[:1], f"values of type {descr!r}")
    raise Invalid(f"{name} must hold real numbers, not {kind}.")


def _short(shape: tuple[int, ...]) -> str:
    lengths = ", ".join(map(str, shape[:4]))
    return f"({lengths}{', …' if len(shape) > 4 else ''})"
