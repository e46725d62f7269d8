"""Temporary files beside the file they will become: their names, a journal, and their removal.

A name contains the machine and the process, which distinguishes leftovers of a dead process
from files that are being written. The journal notes each temporary path while it exists, so that
the next start can remove those of a window that was killed, wherever they are.
"""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import re
import secrets
import shutil
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".part"
_NAME = re.compile(r"\.(.+)\.([0-9a-f]{8})-(\d{1,9})-([0-9a-f]{8})\.part", re.DOTALL)
_LONGEST = (
    48  # characters of the target's name; with four bytes each there is still room for the rest
)

_journal: Path | None = None


def keep_journal(folder: Path | None) -> None:
    """Record the temporary files of this process in `folder` from now on; None stops that."""
    global _journal
    if folder is not None:
        folder.mkdir(exist_ok=True)
    _journal = folder


@contextlib.contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`, recorded in the journal; it is removed afterwards."""
    remove_stale(target)
    token = secrets.token_hex(4)
    path = target.absolute().with_name(_name(target, f"{os.getpid()}-{token}"))
    note = None if _journal is None else _journal / token
    if note is not None:
        with contextlib.suppress(
            OSError
        ):  # a full disk is reported when the file itself is written
            note.write_bytes(os.fsencode(path))
    try:
        yield path
    finally:
        remove(path)
        if note is not None:
            with contextlib.suppress(OSError):
                note.unlink(missing_ok=True)


def remove_stale(target: Path) -> None:
    """Remove the temporary files beside `target` of dead processes of this machine."""
    with contextlib.suppress(OSError), os.scandir(target.absolute().parent) as entries:
        for entry in entries:
            match = _NAME.fullmatch(entry.name)
            if match is None or match[1] != target.name[:_LONGEST] or match[2] != machine():
                continue
            if not alive(int(match[3])):
                remove(Path(entry.path))


def remove_noted(journal: Path) -> None:
    """Remove the temporary files in the journal of a dead process, and the journal's entries."""
    try:
        notes = list(journal.iterdir())
    except OSError:  # it has written nothing
        return
    for note in notes:
        with contextlib.suppress(OSError):
            path = Path(os.fsdecode(note.read_bytes()))
            match = _NAME.fullmatch(path.name)
            if path.is_absolute() and match is not None and match[4] == note.name:
                remove(path)
            note.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file or a folder if it exists and can be removed."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _name(target: Path, tail: str) -> str:
    return f".{target.name[:_LONGEST]}.{machine()}-{tail}{SUFFIX}"


@functools.cache
def machine() -> str:
    """Eight digits for this machine's name, since process numbers differ between machines."""
    return f"{zlib.crc32(platform.node().encode()):08x}"


if sys.platform == "win32":  # pragma: no cover  Windows

    def alive(pid: int) -> bool:
        """True while there is a process of that number; where that can't be known, too."""
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
        if not handle:
            return ctypes.get_last_error() == 5  # access denied: it is there
        waits = kernel.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT
        kernel.CloseHandle(handle)
        return bool(waits)

else:

    def alive(pid: int) -> bool:
        """True while there is a process of that number; where that can't be known, too."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        return True
