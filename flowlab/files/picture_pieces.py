"""Counts the pieces of PNG, JPEG and WebP files before they are decoded.

Each piece costs time and memory, and each scan of a JPEG visits all pixels, so decoding a small
file with very many of them would take minutes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from flowlab.core.document.limits import Invalid
from flowlab.files.reading import Progress, read_all

MOST_PIECES = 200_000  # 25,000 are usual in a PNG of 200 MB
MOST_SCANS = 64  # the usual progressive JPEG has 10
_PNG, _JPEG, _RIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"RIFF"
_SCAN, _END = b"\xda", b"\xd9"
_MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")  # neither pixel data nor a restart


def check_pieces(file: BinaryIO, size: int, name: str, tell: Progress) -> None:
    """Raise `Invalid` for more pieces or scans than a picture needs; rewinds the file."""
    start = file.read(len(_PNG))
    file.seek(0)
    pieces: Iterator[bytes] = iter(())
    if start == _PNG:
        pieces = _png_chunks(file)
    elif start.startswith(_RIFF):
        pieces = _riff_chunks(file)
    elif start.startswith(_JPEG):
        pieces = _segments(read_all(file, size, tell))
    count = scans = 0
    for piece in islice(pieces, MOST_PIECES + 1):
        count, scans = count + 1, scans + (piece == _SCAN)
        if count > MOST_PIECES or scans > MOST_SCANS:
            raise Invalid(f"{name} is in more pieces than a picture needs; save it anew.")
    file.seek(0)


def _png_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Kind of each chunk: length, kind, data, checksum."""
    file.seek(len(_PNG))
    while len(head := file.read(8)) == 8:
        file.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)
        yield head[4:]


def _riff_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Kind of each chunk: kind, length, data of an even length."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[4:], "little")
        file.seek(length + length % 2, os.SEEK_CUR)
        yield head[:4]


def _segments(content: bytearray) -> Iterator[bytes]:
    """Marker of each segment of a JPEG, up to its end."""
    at = len(_JPEG)
    while (marker := _MARKER.search(content, at)) and marker[1] != _END:
        at = marker.end()
        at += max(2, int.from_bytes(content[at : at + 2], "big"))
        yield marker[1]
