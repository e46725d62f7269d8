"""The container of a session: parts in a zip, JSON and arrays, all read with distrust."""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zipfile
import zlib
from typing import Any

import msgspec
import numpy as np

from flowlab.core.limits import Invalid

UNPACKED = 1_000_000_000  # bytes that a file may unpack to
_MEMBERS = 200_000
_DATE = (1980, 1, 1, 0, 0, 0)  # the same document makes the same file

Members = dict[str, bytes]
Floats = np.ndarray[Any, Any]


def pack_zip(members: Members) -> bytes:
    """The parts as the bytes of a zip; equal parts give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack_zip(content: bytes) -> Members:
    """The parts of a zip; raises `Invalid` for anything else, and for one that swells too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive.infolist())
            return {info.filename: _member(archive, info) for info in archive.infolist()}
    except Invalid:
        raise
    except (
        zipfile.BadZipFile,  # not a zip, cut short, or a checksum is wrong
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        struct.error,
        IndexError,
        NotImplementedError,  # a compression method or version of another tool
        RuntimeError,  # encrypted
        UnicodeDecodeError,
        OverflowError,
    ):
        raise Invalid("it is not a FlowLab file, or it is damaged or incomplete.") from None


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > _MEMBERS or sum(info.file_size for info in members) > UNPACKED:
        raise Invalid(f"it would unpack to more than {UNPACKED / 1e9:g} GB.")
    if len({info.filename for info in members}) != len(members):
        raise Invalid("it holds two parts of the same name.")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """One part; never more bytes than its header promised, whatever it unpacks to."""
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise Invalid(f"its part {info.filename!r} is not as long as it says.")
    return content


def to_json(value: Any) -> bytes:
    """Indented JSON with sorted keys; a NaN is refused."""
    return json.dumps(value, indent=1, allow_nan=False, sort_keys=True).encode()


def unpack_json(content: bytes, name: str) -> dict[str, Any]:
    """The JSON object in `content`; raises `Invalid` naming the part."""
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise Invalid(f"its part {name!r} cannot be read.") from None


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


def unpack_npy(content: bytes, name: str) -> Floats:
    """The array; its header may promise neither more nor less than the bytes that are there."""
    header = _NPY.match(content)
    if header is None:
        raise Invalid(f"its array {name!r} is damaged.")
    shape = tuple(int(length) for length in re.findall(rb"\d+", header[2]))
    count = len(content) - header.end()
    try:
        dtype = np.dtype(header[1].decode())
    except TypeError:
        raise Invalid(f"its array {name!r} is damaged.") from None
    if math.prod(shape) * dtype.itemsize != count:
        raise Invalid(f"its array {name!r} is damaged.")
    return np.frombuffer(content, dtype, offset=header.end()).reshape(shape)
