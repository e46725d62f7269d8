"""What all readers of files share: limits, cancellation, and errors in one sentence."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from flowlab.core.document.limits import Invalid
from flowlab.files.atomic import reason

Progress = Callable[[float], None]  # called with the share read; may raise to stop the reading

CHUNK = 1 << 20  # bytes that are read between two calls of `progress`
_LONGEST = 400  # characters of a sentence


def silent(_share: float) -> None:
    """A progress function that does nothing."""


class _Stopped(BaseException):
    """Carries an exception of a progress function through every handler of a reader."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


@contextlib.contextmanager
def relayed(progress: Progress) -> Iterator[Progress]:
    """Yield `progress` such that whatever it raises leaves the block unchanged."""

    def tell(share: float) -> None:
        try:
            progress(share)
        except BaseException as error:
            raise _Stopped(error) from None

    try:
        yield tell
        return
    except _Stopped as stopped:
        error = stopped.error
    raise error


@contextlib.contextmanager
def refusing(subject: str) -> Iterator[None]:
    """Turn failures of the system, and a lack of memory, into `Invalid`."""
    try:
        yield
    except OSError as error:
        raise Invalid(f"{subject}: {reason(error)}.") from None
    except MemoryError:
        raise Invalid(f"{subject}: it needs more memory than there is.") from None
    except RecursionError:
        raise Invalid(f"{subject}: it is nested too deeply.") from None


def one_line(text: str) -> str:
    """The text without line breaks, shortened in its middle where it is very long."""
    line = " ".join(text.splitlines())
    half = _LONGEST // 2
    return line if len(line) <= _LONGEST else f"{line[:half]} … {line[-half:]}"


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading; raises `OSError`, also for a pipe or a device."""
    try:
        ordinary = path.is_file() or path.is_dir() or not path.exists()
        if not ordinary:  # to open a pipe would wait for somebody to write
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return path.open("rb")
    except ValueError:  # a null character in the name
        raise OSError(errno.EINVAL, "there can be no file of that name") from None


def size_of(file: BinaryIO) -> int:
    """Length in bytes of an open file."""
    return os.fstat(file.fileno()).st_size


def read_all(file: BinaryIO, size: int, tell: Progress) -> bytearray:
    """At most `size` bytes from the file's position, read piece by piece."""
    content = bytearray(size)
    view, done = memoryview(content), 0
    while done < size:
        count = file.readinto(view[done : done + CHUNK])  # type: ignore[attr-defined]
        if not count:
            break
        done += count
        tell(done / size)
    view.release()
    del content[done:]
    return content
