"""Writes a file atomically: it is there completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from flowlab.core.document.limits import Invalid
from flowlab.files import temporaries

_REASONS = {
    errno.ENOENT: "no such file or directory",
    errno.EACCES: "permission denied",
    errno.EPERM: "operation not permitted",
    errno.EEXIST: "file exists",
    errno.EISDIR: "is a directory",
    errno.ENOTDIR: "not a directory",
    errno.ENOTEMPTY: "directory not empty",
    errno.ENAMETOOLONG: "file name too long",
    errno.ELOOP: "too many levels of symbolic links",
    errno.ENOSPC: "no space left on device",
    errno.EROFS: "read-only file system",
    errno.EFBIG: "file too large",
    errno.EBUSY: "device or resource busy",
    errno.EIO: "input/output error",
    errno.EINVAL: "invalid argument",
}
_EXCLUSIVE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes, *, backup: bool = False) -> None:
    """Replace `path` by `content` in one step; `backup` keeps the previous version as `path~`.

    A symbolic link is followed: what it points to is replaced, and backed up beside itself.
    Raises `Invalid` where it cannot be written; the previous file is then unchanged.
    """
    try:
        _replace(target_of(path), content, backup)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {reason(error)}.") from None


def target_of(path: Path) -> Path:
    """The file that writing to `path` replaces: where its symbolic links lead.

    Raises `OSError` where they lead in a circle, or where what is there is no ordinary file.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "too many levels of symbolic links")
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return target


def check_writable(path: Path) -> None:
    """Raise `Invalid` when a file cannot be made at `path`, leaving nothing behind."""
    if path.is_dir():
        raise Invalid(f"{path} is a folder; name a file.")
    try:
        target = target_of(path)
        with temporaries.beside(target) as temporary:
            os.close(os.open(temporary, _EXCLUSIVE, 0o600))
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {reason(error)}.") from None


def reason(error: OSError) -> str:
    """Why an operation on a file failed, in lower case and without a number.

    The system's own words are in the language of its user; those of the common errors are not.
    """
    words = error.strerror or type(error).__name__
    if error.errno in _REASONS and words == os.strerror(error.errno):
        return _REASONS[error.errno]
    return words.rstrip(".").lower()


def _replace(path: Path, content: bytes, backup: bool) -> None:
    with temporaries.beside(path) as temporary:
        _write_new(temporary, content, _mode(path))
        if backup and path.exists():
            _back_up(path)
        os.replace(temporary, path)
    _sync_folder(path.parent)


def _write_new(path: Path, content: bytes, mode: int | None) -> None:
    """Write a new file and sync it to disk; without a `mode` it gets the default permissions."""
    handle = os.open(path, _EXCLUSIVE, 0o666 if mode is None else mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)  # the bits that the umask removed


def _mode(path: Path) -> int | None:
    """Permissions of the file that is replaced, if there is one."""
    return path.stat().st_mode & 0o777 if path.exists() else None


def _back_up(path: Path) -> None:
    """Link the present version to the backup's name, so that `path` is never missing."""
    with temporaries.beside(path) as other:
        try:
            os.link(path, other)
        except OSError:  # a file system without hard links
            _write_new(other, path.read_bytes(), _mode(path))
        os.replace(other, path.with_name(path.name + "~"))


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
