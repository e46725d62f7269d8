"""A short hash that is equal for equal parts of documents."""

from __future__ import annotations

import dataclasses
from typing import Any

from flowlab.core.document.arrays import Array


def fingerprint(*parts: Any) -> str:
    """24 hexadecimal digits, the same for equal values on every machine and after a file."""
    import hashlib  # it loads a library of its own

    return hashlib.sha256(_words(parts).encode()).hexdigest()[:24]


def _words(value: Any) -> str:
    if isinstance(value, Array):
        return value.digest
    if isinstance(value, (tuple, list)):
        return f"({','.join(map(_words, value))})"
    if isinstance(value, (int, float)):
        return repr(float(value))  # a file may turn 2 into 2.0
    if not dataclasses.is_dataclass(value):
        return repr(value)
    values = {spec.name: getattr(value, spec.name) for spec in dataclasses.fields(value)}
    words = [
        f"{spec.name}={_words(values[spec.name])}"
        for spec in dataclasses.fields(value)
        if values[spec.name] != spec.default  # a field added later doesn't change the fingerprint
    ]
    return f"{type(value).__name__}({','.join(words)})"
