"""Waiting for what other threads and processes do; a loaded machine may be slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(ready: Callable[[], Found], patience: float = 60.0) -> Found:
    """The first answer that is true."""
    end = time.monotonic() + patience
    while not (found := ready()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.002)
    return found
