"""A file locked by one process; the system releases it when the process ends, however it ends.

Its content names the process, for people and for file systems that cannot lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from flowlab.files.temporaries import alive, machine

_BYTE = 1 << 30  # the byte that is locked, far behind the content: others may read that


class Lock:
    """An exclusive lock of a file."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path, self._file = path, file

    @property
    def held(self) -> bool:
        """True unless the file has been removed or replaced."""
        with contextlib.suppress(OSError):
            return os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        return False

    def release(self) -> None:
        """Release the lock; may be called again."""
        if not self._file.closed:
            with contextlib.suppress(OSError):
                self._file.truncate(0)  # nobody's, where the file system cannot lock
            self._file.close()

    def remove(self) -> None:
        """Release the lock and remove the file, so that a waiting process sees that it is gone."""
        if sys.platform == "win32":  # pragma: no cover  Windows
            self._file.close()  # an open file cannot be removed there, whoever opened it
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._file.close()


def take(path: Path) -> Lock | None:
    """Lock the file at `path`, creating it if needed; None while another process holds it.

    Raises `OSError` where it cannot be created.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    file = os.fdopen(handle, "r+b")
    lock = Lock(path, file)
    if _locks(file) and lock.held:  # who had it before may have removed it meanwhile
        _sign(file)
        return lock
    file.close()
    return None


def _locks(file: IO[bytes]) -> bool:
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return not _signed_by_another(file.read(10_000))
    return True


def _sign(file: IO[bytes]) -> None:
    pid = os.getpid()
    holder = {"pid": pid, "started": started(pid), "machine": machine()}
    file.seek(0)
    file.truncate()
    file.write(json.dumps(holder).encode())
    file.flush()


def _signed_by_another(content: bytes) -> bool:
    """True if another process has signed the file that runs or may still run."""
    if not content:
        return False
    try:
        holder = json.loads(content)
        pid, start, where = int(holder["pid"]), str(holder["started"]), str(holder["machine"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    if where != machine():
        return True
    return pid != os.getpid() and alive(pid) and (not start or started(pid) in ("", start))


def started(pid: int) -> str:
    """The start of a process, as text that is unique for its number; empty if unknown."""
    with contextlib.suppress(OSError, IndexError, subprocess.SubprocessError):
        return _asked_proc(pid) if Path("/proc/self/stat").exists() else _asked_ps(pid)
    return ""


def _asked_proc(pid: int) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{ticks} ticks after the start of {boot}"


def _asked_ps(pid: int) -> str:
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, timeout=5).stdout.strip()


if sys.platform == "win32":  # pragma: no cover  Windows
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
