"""Which fields of a dataclass a form can edit, known without its editors."""

from __future__ import annotations

import dataclasses
from typing import Any


def has_editor(spec: dataclasses.Field[Any]) -> bool:
    """True if a form has a row for this field."""
    meta, default = spec.metadata, spec.default
    if "label" not in meta:
        return False
    plain = any(key in meta for key in ("low", "options", "longest")) or isinstance(default, bool)
    return plain or is_table(spec)


def is_table(spec: dataclasses.Field[Any]) -> bool:
    """True if the field's default is a tuple of numbers, or of tuples of numbers."""
    default = spec.default
    if not isinstance(default, tuple) or not default:
        return False
    cells = [c for row in default for c in (row if isinstance(row, tuple) else (row,))]
    return all(isinstance(cell, int | float) for cell in cells)
