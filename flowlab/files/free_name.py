"""Names of files that don't exist yet, made from words."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

_LONGEST = 80  # characters
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')  # in names, on one system or another


def file_stem(words: str) -> str:
    """The words as a file's name on any system, without a suffix."""
    clean = " ".join(_FORBIDDEN.sub(" ", words).split()).strip(". ")[:_LONGEST].strip(". ")
    return clean or "flow"


def free_path(path: Path) -> Path:
    """The path if nothing is there, otherwise the first of "name 2", "name 3", ... that is free."""
    if not _taken(path):
        return path
    numbered = (path.with_name(f"{path.stem} {k}{path.suffix}") for k in count(2))
    return next(other for other in numbered if not _taken(other))


def _taken(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:  # a name that the system refuses; writing will say so
        return False
