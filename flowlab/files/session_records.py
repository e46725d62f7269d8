"""What a session holds beside the document and the weights: losses, play state, thumbnail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.limits import Invalid
from flowlab.files.session_parts import LOSSES

MOST_ROWS = 500_000  # rows of the losses that are written
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST = 4096  # characters of a text in the play state
_MOST_PINS, _FARTHEST = 1000, 1e4  # particles; units of the plane
_DAMAGED = "its losses are damaged."


def checked_losses(losses: Mapping[str, Floats]) -> dict[str, Floats]:
    """All three curves, or none; raises `Invalid` unless they have the same ascending steps.

    Rows whose losses aren't finite are left out.
    """
    if not losses:
        return {}
    curves = {name: np.asarray(losses[name]) for name in LOSSES if name in losses}
    rows = {value.shape for value in curves.values()}
    numbers = all(value.dtype.kind in "fiu" and value.ndim == 1 for value in curves.values())
    if len(curves) != len(LOSSES) or len(rows) != 1 or not numbers:
        raise Invalid(_DAMAGED)
    step = curves["step"].astype(np.float64)
    if not np.isfinite(step).all() or (step < 0).any() or (np.diff(step) < 0).any():
        raise Invalid(_DAMAGED)
    finite = np.isfinite(curves["mse"]) & np.isfinite(curves["quadratic"])
    kept = {name: value[finite] for name, value in curves.items()}
    return {**kept, **_since(losses)}


def _since(losses: Mapping[str, Floats]) -> dict[str, Floats]:
    """The step (1,) from which on the curves are those of the document, where it is stored."""
    step = np.asarray(losses.get("since", ()))
    known = step.shape == (1,) and step.dtype.kind in "fiu" and 0 <= step[0] < np.inf
    return {"since": step} if known else {}


def thinned_losses(losses: Mapping[str, Floats]) -> dict[str, Floats]:
    """The curves, evenly thinned to the most rows of a file; raises `Invalid`."""
    curves = checked_losses(losses)
    gap = max(1, -(-len(curves.get("step", ())) // MOST_ROWS))
    return {name: value[::gap] if name in LOSSES else value for name, value in curves.items()}


def known_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """The known, well-formed entries of a play state; all others are left out."""
    return {name: state[name] for name, fits in _STATE.items() if fits(state.get(name))}


def known_thumbnail(content: bytes, most: int) -> bytes:
    """The picture, if it begins like a PNG and isn't too large; otherwise empty."""
    return content if content.startswith(_PNG) and len(content) <= most else b""


def _is_time(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and 0 <= value <= 1  # NaN is not


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _are_indices(value: Any) -> bool:
    whole = isinstance(value, list) and all(type(index) is int for index in value)
    return whole and len(value) <= _MOST_PINS and all(index >= 0 for index in value)


def _are_pins(value: Any) -> bool:
    named = isinstance(value, dict) and all(map(_is_text, value)) and len(value) <= _MOST_PINS
    return named and all(map(_are_indices, value.values()))


def _is_camera(value: Any) -> bool:
    """Centre and half height: numbers that a picture can be drawn with."""
    numbers = isinstance(value, list) and all(type(number) in (int, float) for number in value)
    if not numbers or len(value) != 3:
        return False
    return all(abs(number) <= _FARTHEST for number in value) and value[2] >= 1 / _FARTHEST


_STATE: dict[str, Callable[[Any], bool]] = {
    "t": _is_time,
    "playing": lambda value: isinstance(value, bool),
    "pins": _are_pins,  # of particles, by view
    "camera": _is_camera,
    "name": _is_text,  # these three are written by autosaves
    "path": _is_text,
    "saved": _is_text,
}
