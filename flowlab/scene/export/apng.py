"""Animated PNG: the chunks of single PNGs, strung together."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from flowlab.scene.export.pictures import Images, Size, changed_box, rgb_of

Bytes = np.ndarray[Any, Any]

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_apng(path: Path, images: Images, size: Size, fps: float, count: int) -> None:
    """Write an APNG that loops for ever; each picture holds only the box that changed."""
    delay = Fraction(1 / fps).limit_denominator(65535)
    before: Bytes | None = None
    number = 0  # of control and data chunks, in one sequence
    with path.open("wb") as file:
        file.write(SIGNATURE + _chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)))
        file.write(_chunk(b"acTL", struct.pack(">II", count, 0)))
        for image in images:
            after = rgb_of(image)
            x, y, width, height = changed_box(before, after)
            numbers = (number, width, height, x, y, delay.numerator, delay.denominator, 0, 0)
            file.write(_chunk(b"fcTL", struct.pack(">IIIIIHHBB", *numbers)))
            number += 1
            for data in _image_data(after[y : y + height, x : x + width]):
                if before is None:
                    file.write(_chunk(b"IDAT", data))
                    continue
                file.write(_chunk(b"fdAT", struct.pack(">I", number) + data))
                number += 1
            before = after
        file.write(_chunk(b"IEND", b""))


def _image_data(rgb: Bytes) -> Iterator[bytes]:
    """The IDAT contents of a PNG of this picture, filtered and compressed by Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "PNG")
    png, at = buffer.getvalue(), len(SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            yield png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
