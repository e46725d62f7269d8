"""Results cached for as long as the value they were computed from exists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Value = TypeVar("Value")


def once_each(function: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Return `function` of one immutable value (a bundle, a field), cached for each value."""
    kept: WeakKeyDictionary[Any, Value] = WeakKeyDictionary()

    @wraps(function)
    def wrapper(value: Any) -> Value:
        if value not in kept:
            kept[value] = function(value)
        return kept[value]

    return wrapper
