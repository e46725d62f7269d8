"""Files of torch made by hand, and a check that they are refused."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.card import recognise
from flowlab.images.formats.contents import read_contents
from flowlab.images.formats.weights import read_weights


def zipped(path: Path, content: bytes, *more: tuple[str, bytes], packed: bool = False) -> Path:
    """A zip as torch writes it, with this pickle and other parts."""
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("a/data.pkl", content)
        for name, part in more:
            archive.writestr(name, part)
    return path


def refused(path: Path, words: str = "") -> None:
    with pytest.raises(Invalid, match=rf"^{path.name}: [^\n]*{words}[^\n]*\.$"):
        read_weights(contents := read_contents(path), recognise(contents))


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"


def tensor_pickle(
    numel: int, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
) -> bytes:
    """{"w": a tensor} with these claims, of the storage "0"."""

    def whole(value: int) -> bytes:
        return b"\x8a\x08" + struct.pack("<q", value)

    def row(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(whole, values)) + b"t"

    call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + whole(numel) + b"tQ" + whole(offset)
    call += row(shape) + row(stride) + b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}X\x01\x00\x00\x00w" + call + b"s."


def check_refused(path: Path, words: str) -> None:
    """Fail unless the file is refused in one sentence with these words."""
    with pytest.raises(Invalid, match=rf"^{path.name}: [^\n]*{words}[^\n]*\.$"):
        read_contents(path)
