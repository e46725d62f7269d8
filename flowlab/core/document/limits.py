"""Fields with limits: one declaration serves the constructor, the file reader and the form."""

from __future__ import annotations

import dataclasses
import reprlib
from dataclasses import field
from functools import cache
from typing import Any


class Invalid(ValueError):
    """A value outside its limits; the message is one sentence for the person who gave it."""


def shown(value: Any) -> str:
    """A value in a few words on one line, for a message."""
    shape, kind = getattr(value, "shape", None), type(value).__name__
    if isinstance(shape, tuple) and len(shape):
        return f"{_article(kind)} {kind} of shape {tuple(shape)}"
    short = _SHORT.repr(value.item() if isinstance(shape, tuple) else value)
    words = " ".join(short.split())
    return f"{_article(kind)} {kind}" if words.startswith("<") else words


_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxstring = 60


def _article(word: str) -> str:
    return "an" if word.startswith(("a", "e", "i", "o", "ndarray")) else "a"


def number(
    default: float | int,
    low: float,
    high: float,
    label: str,
    tip: str = "",
    *,
    unit: str = "",
    log: bool = False,
    step: float | None = None,
    advanced: bool = False,
    also: str = "",
) -> Any:
    """A bounded number; whole where the default is an int.

    `also` holds other names, phrases between commas, under which people look for a setting.
    """
    meta = {
        "low": low,
        "high": high,
        "label": label,
        "tip": tip,
        "unit": unit,
        "log": log,
        "step": step,
        "advanced": advanced,
        "also": also,
    }
    return field(default=default, metadata=meta)


def choice(
    default: str,
    options: dict[str, str],
    label: str,
    tip: str = "",
    *,
    also: str = "",
    entries: dict[str, str] | None = None,
) -> Any:
    """One of the keys of `options`, which map to the words shown to a person.

    `entries` holds other names of some of the options.
    """
    meta = {"options": options, "label": label, "tip": tip, "also": also, "entries": entries or {}}
    return field(default=default, metadata=meta)


def switch(default: bool, label: str, tip: str = "", *, also: str = "") -> Any:
    """On or off."""
    return field(default=default, metadata={"label": label, "tip": tip, "also": also})


def text(default: str, longest: int, label: str, tip: str = "") -> Any:
    """A line of text of at most `longest` characters."""
    return field(default=default, metadata={"longest": longest, "label": label, "tip": tip})


def data(default: Any, label: str, tip: str = "", *, columns: tuple[str, ...] = ()) -> Any:
    """Structured values (pairs, arrays), which need a special editor or have none in forms.

    `columns` names those of a table, where its width alone doesn't tell.
    """
    return field(default=default, metadata={"label": label, "tip": tip, "columns": columns})


def tip_of(part: type, name: str) -> str:
    """The explanation of a field."""
    spec = next(s for s in dataclasses.fields(part) if s.name == name)
    return str(spec.metadata["tip"])


def also_of(part: type, name: str) -> str:
    """Other names of a field, phrases between commas."""
    spec = next(s for s in dataclasses.fields(part) if s.name == name)
    return str(spec.metadata.get("also", ""))


def entries_of(part: type, name: str) -> dict[str, str]:
    """Other names of a field's options, by their keys."""
    spec = next(s for s in dataclasses.fields(part) if s.name == name)
    return dict(spec.metadata.get("entries", {}))


class Checked:
    """Base of the document's dataclasses: refuses a value outside its field's limits."""

    def __post_init__(self) -> None:
        kind: Any = type(self)
        for spec in _limited(kind):
            check(getattr(self, spec.name), spec)


@cache
def _limited(kind: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    """The fields of a dataclass that have limits; a drag makes a thousand values a second."""
    limits = {"low", "options", "longest"}
    return tuple(
        spec
        for spec in dataclasses.fields(kind)
        if limits & spec.metadata.keys() or isinstance(spec.default, bool)
    )


def check(value: Any, spec: dataclasses.Field[Any]) -> None:
    """Raise `Invalid` when `value` breaks the limits in the metadata of its field."""
    meta, label = spec.metadata, spec.metadata.get("label", spec.name)
    if "low" in meta:
        _check_number(value, meta["low"], meta["high"], label, isinstance(spec.default, int))
    elif "options" in meta and not (isinstance(value, str) and value in meta["options"]):
        raise Invalid(f"{label}: {shown(value)} is not one of {', '.join(meta['options'])}.")
    elif isinstance(spec.default, bool) and not isinstance(value, bool):
        raise Invalid(f"{label} must be True or False, not {shown(value)}.")
    elif "longest" in meta and not (isinstance(value, str) and len(value) <= meta["longest"]):
        raise Invalid(f"{label} must be text of at most {meta['longest']} characters.")


def _check_number(value: Any, low: float, high: float, label: str, whole: bool) -> None:
    kind = "a whole number" if whole else "a number"
    right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not right or not low <= value <= high:  # NaN is not within
        ends = " to ".join(
            f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (low, high)
        )
        raise Invalid(f"{label} must be {kind} from {ends}, not {shown(value)}.")
