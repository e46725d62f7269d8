"""APNG: every picture as Pillow reads it back, and only what changed in the file."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from flowlab.scene.export.apng import SIGNATURE, write_apng
from PIL import Image
from PySide6.QtGui import QImage

from flowlab.scene.export.pictures import rgb_of

RNG = np.random.default_rng(0)


def pictures() -> list[QImage]:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    found = []
    for k in range(4):
        if k != 2:  # the third is the second again
            for x, y in RNG.integers(0, 10, (6, 2)).tolist():
                image.setPixel(10 + x, 5 + y, int(RNG.integers(1 << 24)))
        found.append(image.copy())
    return found


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Kinds and data, with their checksums checked."""
    assert content.startswith(SIGNATURE)
    found, at = [], len(SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        (sum_,) = struct.unpack(">I", content[at + 8 + length : at + 12 + length])
        assert sum_ == zlib.crc32(kind + data)
        found.append((kind, data))
        at += 12 + length
    return found


def test_it_is_read_back_bit_by_bit(tmp_path: Path) -> None:
    path, images = tmp_path / "a.png", pictures()
    write_apng(path, iter(images), (40, 30), 24.0, 4)
    with Image.open(path) as file:
        assert (file.n_frames, file.size, file.info["loop"]) == (4, (40, 30), 0)
        for k, image in enumerate(images):
            file.seek(k)
            np.testing.assert_array_equal(np.array(file.convert("RGB")), rgb_of(image))
            assert abs(file.info["duration"] - 1000 / 24) < 1e-9


def test_chunks_are_numbered_and_hold_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_apng(path, iter(pictures()), (40, 30), 24.0, 4)
    found = chunks(path.read_bytes())
    kinds = [kind for kind, _ in found]
    assert kinds[:4] == [b"IHDR", b"acTL", b"fcTL", b"IDAT"]
    assert kinds[-1] == b"IEND"
    numbered = [data[:4] for kind, data in found if kind in (b"fcTL", b"fdAT")]
    assert [struct.unpack(">I", data)[0] for data in numbered] == list(range(len(numbered)))
    boxes = [struct.unpack(">IIII", data[4:20]) for kind, data in found if kind == b"fcTL"]
    assert boxes[0] == (40, 30, 0, 0)
    assert boxes[2] == (1, 1, 0, 0)
    for width, height, x, y in (boxes[1], boxes[3]):
        assert x >= 10
        assert y >= 5
        assert x + width <= 20
        assert y + height <= 15
