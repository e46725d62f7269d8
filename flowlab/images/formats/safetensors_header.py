"""Reads the header of a safetensors file: names, types, shapes and where the numbers lie.

The format: https://huggingface.co/docs/safetensors: eight bytes of length, JSON, numbers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.inert import BYTES
from flowlab.images.formats.records import TensorInfo

_LONGEST = 16 << 20  # bytes of a header
_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}
_DAMAGED = "its header is damaged; copy or download it again."
_CUT = "it is only a part of the file; copy or download it again."
_MOST_SIDES = 16


def read_header(path: Path) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """The tensors of a safetensors file, and its metadata.

    Raises `Invalid` for a damaged header, and where the numbers don't fill the file exactly.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _LONGEST:
            raise Invalid("its header is too long for a safetensors file.")
        if length > size - 8:
            raise Invalid(_CUT)
        header = _unpacked(file.read(length))
    metadata = header.pop("__metadata__", {})
    _check_metadata(metadata)
    tensors = {name: _tensor(entry) for name, entry in header.items()}
    _check_filled([entry["data_offsets"] for entry in header.values()], size - 8 - length)
    return tensors, metadata


def _unpacked(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Invalid(_DAMAGED) from None
    if not isinstance(header, dict):
        raise Invalid(_DAMAGED)
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON whose names are all different: a second one would hide the first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _check_metadata(metadata: Any) -> None:
    right = isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values())
    if not right:
        raise Invalid(_DAMAGED)


def _tensor(entry: Any) -> TensorInfo:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise Invalid(_DAMAGED)
    shape, kind = entry["shape"], entry["dtype"]
    if not _whole(shape) or len(shape) > _MOST_SIDES or not isinstance(kind, str):
        raise Invalid(_DAMAGED)
    dtype = _DTYPES.get(kind)
    if dtype is None:
        raise Invalid(f"its numbers are of the type {kind[:20]!r}, which isn't opened.")
    tensor = TensorInfo(tuple(shape), dtype)
    offsets = entry["data_offsets"]
    if not _whole(offsets) or len(offsets) != 2:
        raise Invalid(_DAMAGED)
    if offsets[1] - offsets[0] != tensor.numel * BYTES[dtype]:
        raise Invalid(_DAMAGED)
    return tensor


def _whole(values: Any) -> bool:
    within = isinstance(values, list) and all(type(v) is int and 0 <= v < 1 << 48 for v in values)
    return within


def _check_filled(spans: list[list[int]], size: int) -> None:
    """Raise `Invalid` unless the tensors lie one after the other to the end of the file."""
    end = 0
    for first, last in sorted(spans):
        if first != end:
            raise Invalid(_DAMAGED)
        end = last
    if end > size:
        raise Invalid(_CUT)
    if end < size:
        raise Invalid(_DAMAGED)
