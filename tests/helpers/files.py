"""What lies in a folder, and how much time and memory reading may take."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n picture"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextmanager
def within(seconds: float, megabytes: float) -> Iterator[None]:
    tracemalloc.start()
    begun = time.perf_counter()
    try:
        yield
        took, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took < seconds
    assert peak < megabytes * 1e6
