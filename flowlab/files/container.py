"""The container of a session: a zip whose parts are read one by one, within limits."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zipfile
from collections.abc import Collection, Iterator
from typing import BinaryIO

from flowlab.core.document.limits import Invalid
from flowlab.files.reading import CHUNK, Progress

MOST_READ = 512_000_000  # bytes of all parts together, unpacked
MOST_PARTS = 200_100  # two drawings of 100,000 strokes, whose paths are parts, and the rest
_MOST_DIRECTORY = 24_000_000  # bytes of the directory; that of MOST_PARTS parts has 16,000,000
_MOST_EXTRA = 1000  # bytes of extra fields of a directory entry; zipfile is quadratic in them
_DATE = (1980, 1, 1, 0, 0, 0)  # the same document makes the same file
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
DAMAGED = "it is not a FlowLab file, or it is damaged or incomplete."

Members = dict[str, bytes]


def pack_zip(members: Members, *, stored: Collection[str] = ()) -> bytes:
    """The parts as the bytes of a zip, deflated except for `stored`; equal parts, equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            method = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, method)
    return buffer.getvalue()


class Parts:
    """The parts of an open zip, each unpacked on request."""

    def __init__(self, archive: zipfile.ZipFile, tell: Progress, damaged: str) -> None:
        self._archive, self._tell, self._damaged = archive, tell, damaged
        self._infos = {info.filename: info for info in archive.infolist()}
        self._left, self._done, self._expected = MOST_READ, 0, 1
        if len(self._infos) != len(archive.infolist()):
            raise Invalid("it holds two parts of the same name.")

    @property
    def names(self) -> Collection[str]:
        """Names of all parts, in the order of the directory."""
        return self._infos.keys()

    def expect(self, names: Collection[str]) -> None:
        """Set the parts that will be read, so that progress is a share of them."""
        self._expected = max(1, sum(map(self.size, names)))

    def size(self, name: str) -> int:
        """Unpacked size in bytes, as the part's header states it."""
        return self._infos[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """Unpack one part; raises `Invalid` without unpacking if it has over `most` bytes."""
        info = self._infos[name]
        self._check(info, most)
        chunks = []
        for chunk in self._chunks(info):
            chunks.append(chunk)
            self._done += len(chunk)
            self._tell(min(1.0, self._done / self._expected))
        return b"".join(chunks)

    def start(self, name: str, count: int, most: int) -> bytes:
        """The first `count` bytes of a part that has at most `most`."""
        info = self._infos[name]
        self._check(info, most)
        self._left += info.file_size  # it is not unpacked
        try:
            with self._archive.open(info) as file:
                return file.read(count)
        except MemoryError:
            raise
        except Exception:
            raise Invalid(self._damaged) from None

    def _check(self, info: zipfile.ZipInfo, most: int) -> None:
        if info.compress_type not in _METHODS:
            raise Invalid(f"its part {info.filename!r} is packed in a way that is not known here.")
        if info.file_size > most:
            raise Invalid(f"its part {info.filename!r} is larger than {most / 1e6:g} MB.")
        self._left -= info.file_size
        if self._left < 0:
            raise Invalid(f"its parts are larger than {MOST_READ / 1e6:.0f} MB together.")

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """The part piece by piece; never more bytes than its header states."""
        left = info.file_size
        try:
            with self._archive.open(info) as file:
                while left:
                    chunk = file.read(min(CHUNK, left))
                    if not chunk:
                        raise Invalid(f"its part {info.filename!r} is not as long as it says.")
                    left -= len(chunk)
                    yield chunk
        except (Invalid, MemoryError):
            raise
        except Exception:  # zipfile and zlib have a dozen kinds for damage; all mean the same
            raise Invalid(self._damaged) from None


@contextlib.contextmanager
def opened_zip(file: BinaryIO, tell: Progress, damaged: str = DAMAGED) -> Iterator[Parts]:
    """The parts of a zip; raises `Invalid` with the sentence `damaged` for any other file."""
    with _archive(file, damaged) as archive:
        yield Parts(archive, tell, damaged)


def _archive(file: BinaryIO, damaged: str) -> zipfile.ZipFile:
    checked = _Checked(file)
    try:
        archive = zipfile.ZipFile(checked)  # it has all methods of a file that zipfile uses
    except (Invalid, MemoryError):
        raise
    except Exception:
        raise Invalid(damaged) from None
    checked.opening = False
    return archive


class _Checked:
    """A file for zipfile, with a limit on the directory before zipfile makes objects of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.opening = file, True
        self._end = file.seek(0, os.SEEK_END)
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; only the directory is large and read at once."""
        left = max(0, self._end - self.tell())
        size = left if size < 0 else min(size, left)
        if size > _MOST_DIRECTORY:
            most = f"{_MOST_DIRECTORY / 1e6:g} MB"
            raise Invalid(f"its table of contents is larger than {most}.")
        data = self._file.read(size)
        if self.opening and data.startswith(_ENTRY):
            _check_directory(data)
        return data


def _check_directory(data: bytes) -> None:
    """Raise `Invalid` for more or larger directory entries than a session can have."""
    at, count = 0, 0
    while data.startswith(_ENTRY, at) and at + _ENTRY_SIZE <= len(data):
        name, extra, comment = struct.unpack_from("<3H", data, at + 28)
        at, count = at + _ENTRY_SIZE + name + extra + comment, count + 1
        if count > MOST_PARTS or extra > _MOST_EXTRA:
            raise Invalid("its table of contents is larger than such a file can need.")
