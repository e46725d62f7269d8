"""Pieces of pictures, as Pillow writes them and as nobody would."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from flowlab.core.document.limits import Invalid
from flowlab.files import picture_pieces
from flowlab.files.picture_pieces import check_pieces

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)


def saved(kind: str, **options: bool) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, kind, **options)
    return stream.getvalue()


def look(content: bytes) -> int:
    file = io.BytesIO(content)
    check_pieces(file, len(content), "a.png", lambda _: None)
    return file.tell()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_usual_pictures_pass_and_the_file_is_at_its_beginning(kind: str) -> None:
    assert look(saved(kind)) == 0
    assert look(saved("JPEG", progressive=True)) == 0


def test_a_png_has_no_more_chunks_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = saved("PNG")  # IHDR, IDAT, IEND
    remarks = [chunk(b"tEXt", b"a\x00b")] * 4
    monkeypatch.setattr(picture_pieces, "MOST_PIECES", 7)
    assert look(whole[:33] + b"".join(remarks) + whole[33:]) == 0
    with pytest.raises(Invalid, match=r"a\.png is in more pieces than a picture needs"):
        look(whole[:33] + b"".join([*remarks, remarks[0]]) + whole[33:])


def test_a_webp_s_chunks_are_of_even_length(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = b"EXIF" + struct.pack("<I", 3) + b"abc\x00"
    content = b"RIFF" + struct.pack("<I", 4 + 3 * len(odd)) + b"WEBP" + odd * 3
    monkeypatch.setattr(picture_pieces, "MOST_PIECES", 3)
    assert look(content) == 0
    monkeypatch.setattr(picture_pieces, "MOST_PIECES", 2)
    with pytest.raises(Invalid, match="more pieces"):
        look(content)


def test_a_jpeg_s_scans_are_counted_up_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved("JPEG", progressive=True)
    scans = content.count(b"\xff\xda")
    assert scans > 1
    monkeypatch.setattr(picture_pieces, "MOST_SCANS", scans)
    assert look(content + b"\xff\xda\x00\x02" * 9) == 0  # behind its end nothing is decoded
    monkeypatch.setattr(picture_pieces, "MOST_SCANS", scans - 1)
    with pytest.raises(Invalid, match="more pieces"):
        look(content)
