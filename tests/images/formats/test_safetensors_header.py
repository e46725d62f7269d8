"""Headers of safetensors that lie or are damaged are refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.files import within
from tests.helpers.hostile import refused


def header(entries: Any, size: int = 24) -> bytes:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


def entry(first: int = 0, last: int = 24, shape: Any = (6,), dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [first, last]}


@pytest.mark.parametrize(
    "content",
    [
        header({"w": entry(0, 48, (12,))}),  # beyond the end
        header({"w": entry(0, 12, (3,)), "v": entry(8, 24, (4,))}),  # overlapping
        header({"w": entry(0, 12, (3,))}),  # not to the end
        header({"w": entry(shape=(2**40, 2**40))}),
        header({"w": entry(shape=(-2, -3))}),
        header({"w": entry(shape=(6.0,))}),
        header({"w": entry(shape=(True, 6))}),
        header({"w": entry(shape=(1,) * 100)}),
        header({"w": entry(dtype="F1")}),
        header({"w": entry(dtype=None)}),
        header({"w": entry() | {"more": 1}}),
        header({"w": 3}),
        header([1, 2]),
        header({"__metadata__": {"a": 1}, "w": entry()}),
        header(b'{"w": ' + json.dumps(entry()).encode() + b', "w": {}}'),
        header(b'{"w": ' + b"[" * 100_000),
        header(b"{}", 0),
        header(b"{\xff\xfe"),
        struct.pack("<Q", 2**62) + b'{"w": 1}',
        struct.pack("<Q", 10**9) + b'{"w": 1}',
    ],
)
def test_headers_of_safetensors_that_lie(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with within(0.5, 10):
        refused(tmp_path / "a.safetensors")
