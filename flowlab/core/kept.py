"""The newest few results of what is dear to compute."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any


class Kept:
    """The newest few results, by key; several threads may ask."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._values: OrderedDict[Any, Any] = OrderedDict()

    def has(self, key: Any) -> bool:
        """Is there a result?"""
        with self._lock:
            return key in self._values

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """The result of `make()`, or the one kept of an earlier call."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value
