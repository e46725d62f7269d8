"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from flowlab.core.limits import Invalid


def write(path: Path, content: bytes, *, backup: bool = False) -> None:
    """Replace `path` by `content` in one step; `backup` keeps the previous version as `path~`.

    Raises `Invalid` where it cannot be written; what stood there before is then untouched.
    """
    try:
        _replace(path, content, backup)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {reason(error)}.") from None


def check_writable(path: Path) -> None:
    """Raise `Invalid` when a file cannot be made at `path`, leaving nothing behind."""
    if path.is_dir():
        raise Invalid(f"{path} is a folder; name a file.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {reason(error)}.") from None


def reason(error: OSError) -> str:
    """Why an operation on a file failed, in lower case and without a number."""
    return (error.strerror or type(error).__name__).rstrip(".").lower()


def _replace(path: Path, content: bytes, backup: bool) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(path))
        if backup and path.exists():
            os.replace(_copy(path, temporary), path.with_name(path.name + "~"))
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _mode(path: Path) -> int:
    """Permissions of the file that is replaced, or those that a new file would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _copy(path: Path, temporary: Path) -> Path:
    """A second name for the present version, so that `path` is never missing meanwhile."""
    other = temporary.with_name(temporary.name + "~")
    try:
        os.link(path, other)
    except OSError:  # a file system without hard links
        other.write_bytes(path.read_bytes())
    return other


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
