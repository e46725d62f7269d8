"""Settings of networks, as files state them: read, and refused where no network can be built."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from flowlab.core.document.arguments import is_number, is_whole
from flowlab.core.document.limits import Checked, Invalid, shown

MOST_CHANNELS = 16_384  # of a layer
MOST_LEVELS = 10  # of resolutions
MOST_BLOCKS = 32  # of a level
MOST_CLASSES = 100_000

Settings = TypeVar("Settings", bound=Checked)


def settings_of(
    kind: type[Settings], given: Mapping[str, Any], ignored: Iterable[str] | None = ()
) -> Settings:
    """The settings by their names; lists become tuples, and what isn't given has its default.

    Raises `Invalid` for a value outside its limits and for names that aren't known, unless they
    are `ignored`; None ignores all.
    """
    known = {spec.name for spec in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(given.keys() - known - set(ignored or ()))
    if unknown and ignored is not None:
        raise Invalid(f"This kind of network has no setting {shown(unknown[0])}.")
    values = {name: given[name] for name in given.keys() & known}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def check_wholes(values: Any, name: str, most: int, longest: int = MOST_LEVELS) -> None:
    """Raise `Invalid` unless it is a tuple of 1 to `longest` whole numbers from 1 to `most`."""
    right = isinstance(values, tuple) and 0 < len(values) <= longest
    if not right or not all(is_whole(value, 1, most) for value in values):
        words = f"1 to {longest} whole numbers from 1 to {most:,}"
        raise Invalid(f"{name} must be {words}, not {shown(values)}.")


def check_factors(values: Any, name: str, most: int = 64) -> None:
    """Raise `Invalid` unless it is a tuple of 1 to 10 positive numbers up to `most`."""
    right = isinstance(values, tuple) and 0 < len(values) <= MOST_LEVELS
    if not right or not all(is_number(value, 1 / most, most) for value in values):
        words = f"1 to {MOST_LEVELS} positive numbers up to {most}"
        raise Invalid(f"{name} must be {words}, not {shown(values)}.")


def check_optional(value: Any, name: str, most: int = MOST_CHANNELS) -> None:
    """Raise `Invalid` unless it is None or a whole number from 1 to `most`."""
    if value is not None and not is_whole(value, 1, most):
        raise Invalid(f"{name} must be a whole number from 1 to {most:,}, not {shown(value)}.")
