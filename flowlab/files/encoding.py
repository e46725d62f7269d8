"""JSON and arrays as bytes, and back; limits are checked before anything is decoded."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.limits import Invalid


@dataclass(frozen=True)
class Counts:
    """How many containers, and how many commas and colons, a piece of JSON may have."""

    containers: int
    separators: int


SMALL = Counts(1000, 10_000)
# Two drawings of 100,000 strokes, each a container of ten fields, and room for everything else.
DOCUMENT = Counts(220_000, 4_200_000)


def to_json(value: Any, *, compact: bool = False) -> bytes:
    """JSON with sorted keys, indented unless it is `compact`; a NaN raises `ValueError`.

    Invalid characters, as in foreign file names, are written as question marks.
    """
    style: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 1}
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True, **style)
    return text.encode("utf-8", "replace")


def unpack_json(content: bytes, name: str, most: Counts = SMALL) -> dict[str, Any]:
    """The JSON object in `content`; raises `Invalid` naming the part.

    The length isn't a sufficient limit, since `{},` becomes an object of 64 bytes. So brackets and
    separators are counted first.
    """
    _check_counts(content, name, most)
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except RecursionError:
        raise Invalid(f"its part {name!r} is nested too deeply.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Invalid(f"its part {name!r} cannot be read.") from None


def _check_counts(content: bytes, name: str, most: Counts) -> None:
    containers = content.count(b"{") + content.count(b"[")
    separators = content.count(b",") + content.count(b":")
    if containers > most.containers or separators > most.separators:
        raise Invalid(f"its part {name!r} holds more values than a FlowLab file can need.")


def to_npy(value: Floats) -> bytes:
    """An array in NumPy's own format."""
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value, order="C"), allow_pickle=False)
    return buffer.getvalue()


# The header that NumPy writes. Only this form is read, so no Python literal is ever evaluated.
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|][fiub][1248])', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,10},? ?){0,4})\), \} *\n",
    re.DOTALL,
)


def shape_in(content: bytes) -> tuple[int, ...]:
    """The shape in the header of an array; () also for a header that isn't accepted here."""
    header = _NPY.match(content)
    return () if header is None else _lengths(header[2])


def _lengths(text: bytes) -> tuple[int, ...]:
    return tuple(int(length) for length in re.findall(rb"\d+", text))


def unpack_npy(content: bytes, name: str) -> Floats:
    """The array; raises `Invalid` where its header and its length don't agree."""
    header = _NPY.match(content)
    if header is None:
        raise Invalid(f"its array {name!r} is damaged.")
    shape = _lengths(header[2])
    count = len(content) - header.end()
    try:
        dtype = np.dtype(header[1].decode())
        if not dtype.isnative or math.prod(shape) * dtype.itemsize != count:
            raise ValueError  # torch takes no foreign byte order
        return np.frombuffer(content, dtype, offset=header.end()).reshape(shape)
    except (TypeError, ValueError):  # no such type; or an axis without end beside an empty one
        raise Invalid(f"its array {name!r} is damaged.") from None
