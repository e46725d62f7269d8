"""What lies in a folder, and how much time and memory reading may take."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COUNTING = 3  # times as long where every line that is run is counted
PNG = b"\x89PNG\r\n\x1a\n picture"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextmanager
def within(seconds: float, megabytes: float) -> Iterator[None]:
    """Fail if the block takes more processor time, or more memory at its peak."""
    tracemalloc.start()
    begun = time.process_time()
    try:
        yield
        took, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took < seconds * (COUNTING if sys.gettrace() else 1)
    assert peak < megabytes * 1e6
