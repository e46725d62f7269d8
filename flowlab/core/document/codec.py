"""A document as plain builtins and back; arrays travel beside it, named by their digest."""

from __future__ import annotations

import dataclasses
import functools
import math
import reprlib
import types
import typing
from collections.abc import Mapping
from typing import Any

import msgspec

from flowlab.core.array_types import AnyArray
from flowlab.core.document.arrays import Array
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import (
    KINDS,
    MOST_CELLS,
    MOST_PIXELS,
    Drawing,
    Grid,
    Picture,
    Points,
    Shape,
    Stroke,
)

Arrays = Mapping[str, AnyArray]

# Columns that each array must have: None for any number, () for an array of one axis.
_COLUMNS: dict[tuple[type, str], tuple[int | None, ...]] = {
    (Points, "points"): (2,),
    (Points, "labels"): (),
    (Grid, "density"): (None,),
    (Picture, "pixels"): (None,),
    (Stroke, "path"): (3,),
    (Coupling, "lines"): (4,),
    (Coupling, "pairs"): (4,),
}
# The most rows of each array that a document takes; for a grid and a picture, the most cells.
_MOST: dict[tuple[type, str], tuple[int, str]] = {
    (Points, "points"): (2_000_000, "points"),  # as many as are imported
    (Points, "labels"): (2_000_000, "labels"),
    (Grid, "density"): (MOST_CELLS, "cells"),
    (Picture, "pixels"): (MOST_PIXELS, "pixels"),
    (Stroke, "path"): (1_000_000, "places"),
    (Coupling, "pairs"): (1_000_000, "pairs"),  # as many as a reflow draws
}
_MOST_PLACES = 4_000_000  # in all strokes of a drawing together
_OPTIONAL = ("labels", "lines", "pairs")
_MOST_STROKES = 100_000
_MOST_WHOLE = 2**53  # larger integers are not exact as floats, so limits can't be checked


def to_plain(document: Document, arrays: dict[str, AnyArray]) -> dict[str, Any]:
    """The document as dictionaries, lists and scalars; its arrays are added to `arrays`."""
    plain: dict[str, Any] = _encode(document, arrays)
    return plain


def from_plain(plain: Any, arrays: Arrays) -> Document:
    """The document that `to_plain` wrote; raises `Invalid` naming the first field at fault."""
    document: Document = _dataclass(plain, Document, _Shared(arrays), "document")
    return document


class _Shared:
    """The arrays of a document; each is read and copied once, however often it is named."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._read: dict[str, Array] = {}

    def get(self, digest: Any, where: str) -> Array:
        """The array of that digest; raises `Invalid` if it is missing or has another digest."""
        if not isinstance(digest, str) or digest not in self._arrays:
            raise Invalid(f"{where} names an array that is not there.")
        if digest not in self._read:
            values = self._arrays[digest]
            self._read[digest] = Array(values, dtype=values.dtype)
        array = self._read[digest]
        if array.digest != digest:
            raise Invalid(f"{where} does not match its array: the data was changed or damaged.")
        return array


def _encode(value: Any, arrays: dict[str, AnyArray]) -> Any:
    if isinstance(value, Array):
        arrays[value.digest] = value.values
        return value.digest
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": value.kind} if isinstance(value, Shape) else {}
        return kind | {f.name: _encode(getattr(value, f.name), arrays) for f in _fields(value)}
    if isinstance(value, (tuple, list)):
        return [_encode(item, arrays) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"A document cannot hold the number {value}.")
    return value


def _fields(value: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(value)


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {spec.name: hints[spec.name] for spec in _fields(cls)}


def _decode(value: Any, hint: Any, arrays: _Shared, where: str) -> Any:
    if isinstance(hint, types.UnionType):
        inner = next(arm for arm in typing.get_args(hint) if arm is not types.NoneType)
        return None if value is None else _decode(value, inner, arrays, where)
    if hint is Array:
        return arrays.get(value, where)
    if isinstance(hint, type) and issubclass(hint, Shape):
        return _shape(value, arrays, where)
    if dataclasses.is_dataclass(hint):
        return _dataclass(value, typing.cast(type, hint), arrays, where)
    if hint == tuple[Stroke, ...]:
        return _strokes(value, arrays, where)
    return _builtin(value, hint, where)


def _builtin(value: Any, hint: Any, where: str) -> Any:
    """Decode numbers, text, switches and tuples of these; other types are never converted."""
    try:
        decoded = msgspec.convert(value, hint, strict=True)
    except msgspec.ValidationError as error:
        raise Invalid(f"{where}: {error}.") from None
    if not _moderate(decoded):
        raise Invalid(f"{where} must be finite, and no whole number beyond 2⁵³.")
    return decoded


def _moderate(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_moderate, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or abs(value) <= _MOST_WHOLE


def _shape(value: Any, arrays: _Shared, where: str) -> Shape:
    if not isinstance(value, dict):
        raise Invalid(f"{where} must be a distribution, not {type(value).__name__}.")
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Invalid(f"{where} is of a kind this FlowLab does not know: {reprlib.repr(kind)}.")
    rest = {name: item for name, item in value.items() if name != "kind"}
    shape: Shape = _dataclass(rest, KINDS[kind], arrays, where)
    return shape


def _strokes(value: Any, arrays: _Shared, where: str) -> tuple[Stroke, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > _MOST_STROKES:
        raise Invalid(f"{where} must be a list of at most {_MOST_STROKES} strokes.")
    return tuple(_dataclass(s, Stroke, arrays, f"{where}[{i}]") for i, s in enumerate(value))


def _dataclass(value: Any, cls: type, arrays: _Shared, where: str) -> Any:
    """An instance of `cls`: fields left out keep their default, unknown ones are refused."""
    if not isinstance(value, dict):
        raise Invalid(f"{where} must be a group of fields, not {type(value).__name__}.")
    hints = _hints(cls)
    for name in value:
        if name not in hints:
            raise Invalid(f"{where} has a field this FlowLab does not know: {reprlib.repr(name)}.")
    known = {n: _decode(v, hints[n], arrays, f"{where}.{n}") for n, v in value.items()}
    try:
        made = cls(**known)
    except Invalid as error:
        raise Invalid(f"{where}: {error}") from None
    _check_arrays(made, where)
    return made


def _check_arrays(made: Any, where: str) -> None:
    for (cls, name), columns in _COLUMNS.items():
        array = getattr(made, name) if isinstance(made, cls) else None
        if array is not None:
            _check_axes(array, columns, f"{where}.{name}")
            _check_amount(array, cls, name, where)
        elif isinstance(made, cls) and name not in _OPTIONAL:
            raise Invalid(f"{where}.{name} is missing.")
    if isinstance(made, Points) and made.labels is not None and not made.labels.finite:
        raise Invalid(f"{where}.labels must be whole numbers.")
    if isinstance(made, Drawing):
        _check_places(sum(len(stroke.path) for stroke in made.strokes), where)


def _check_axes(array: Array, columns: tuple[int | None, ...], where: str) -> None:
    tail = array.shape[1:]
    fits = len(tail) == len(columns) and array.values.size > 0
    fits = fits and all(want in (None, have) for want, have in zip(columns, tail, strict=False))
    if not fits or array.values.dtype.kind not in "fiub":
        raise Invalid(f"{where} has the wrong layout: {array!r}.")


def _check_amount(array: Array, cls: type, name: str, where: str) -> None:
    """Raise `Invalid` for more rows or cells than anybody draws or imports; all are processed."""
    if (cls, name) not in _MOST:
        return
    most, words = _MOST[cls, name]
    have = array.values.size if cls in (Grid, Picture) else len(array)
    if have > most:
        raise Invalid(f"{where}.{name} holds {have:,} {words}; at most {most:,} are taken.")


def _check_places(have: int, where: str) -> None:
    """Raise `Invalid` for a drawing whose strokes have too many places; all are replayed."""
    if have > _MOST_PLACES:
        raise Invalid(
            f"The strokes of {where} hold {have:,} places; at most {_MOST_PLACES:,} are taken."
        )
