"""Results cached for as long as the value they were computed from exists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Value = TypeVar("Value")


def memoise(function: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Return `function` of one immutable value (a bundle, a field), cached for each value."""
    cache: WeakKeyDictionary[Any, Value] = WeakKeyDictionary()

    @wraps(function)
    def wrapper(value: Any) -> Value:
        if value not in cache:
            cache[value] = function(value)
        return cache[value]

    return wrapper
