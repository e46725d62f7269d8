"""A stored bundle, shown until the first one is computed: its arrays and a few facts."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import DIRECTIONS
from flowlab.core.views.bundle import Bundle
from flowlab.files.container import Members, Parts
from flowlab.files.encoding import shape_in, to_json, to_npy, unpack_json, unpack_npy
from flowlab.files.preview_panes import BESIDE, paths_beside, with_panes
from flowlab.files.session_parts import FACTS, PREVIEW, pane_part, preview_part, read

_FURTHEST = 65_504.0  # the largest number in half precision
_MOST_TIMES, _MOST_ROWS, _MOST_PLACES = (
    1100,
    20_000,
    2_000_000,
)  # times, particles, and their product
_FIELDS = {
    "slopes": "knot_velocities"
}  # of a bundle, where the part in the file is named otherwise
_DAMAGED = "its preview is damaged."
_TOO_LARGE = (
    f"its preview has more than {_MOST_ROWS:,} particles, {_MOST_TIMES:,} times or "
    f"{_MOST_PLACES:,} places."
)


class _Facts(msgspec.Struct, forbid_unknown_fields=True):
    method: str
    direction: str
    evaluations: int
    step: int


def pack_preview(bundle: Bundle) -> Members:
    """The bundle with half-precision positions (0.006 % error) and single-precision times.

    Raises `Invalid` if it is larger than what can be read again.
    """
    given = {name: getattr(bundle, _FIELDS.get(name, name)) for name in PREVIEW}
    arrays = {name: value for name, value in given.items() if value is not None}
    if not all(_bounded(name, value.shape) for name, value in arrays.items()):
        raise Invalid(f"This cannot be saved: {_TOO_LARGE}")
    members = {preview_part("times"): to_npy(arrays.pop("times").astype(np.float32))}
    for name, value in arrays.items():
        members[preview_part(name)] = _half(value)
    members |= {part: _half(paths) for part, paths in paths_beside(bundle).items()}
    facts = {name: getattr(bundle, name) for name in _Facts.__struct_fields__}
    return members | {FACTS: to_json(facts)}


def unpack_preview(parts: Parts) -> Bundle | None:
    """The bundle, or None without a preview; raises `Invalid` for arrays that are no bundle."""
    if FACTS not in parts.names:
        return None
    facts = _facts(read(parts, FACTS))
    names = [name for name in PREVIEW if preview_part(name) in parts.names]
    arrays: dict[str, Any] = {name: _array(parts, name) for name in names}
    if not _is_trajectory(arrays):
        raise Invalid(_DAMAGED)
    made = Bundle(**{_FIELDS.get(name, name): value for name, value in arrays.items()}, **facts)
    return with_panes(made, _panes(parts, arrays))


def _half(value: Floats) -> bytes:
    return to_npy(np.clip(value, -6e4, 6e4).astype(np.float16))


def _panes(parts: Parts, arrays: dict[str, Floats]) -> dict[str, Floats]:
    """The paths (T, N, 2) of the processes beside the preview's; raises `Invalid`."""
    kinds = [kind for kind in BESIDE if pane_part(kind) in parts.names]
    paths = {kind: _array(parts, f"pane_{kind}") for kind in kinds}
    if not all(_is_trajectory(arrays | {"points": points}) for points in paths.values()):
        raise Invalid(_DAMAGED)
    if any(points.shape != arrays["points"].shape for points in paths.values()):
        raise Invalid(_DAMAGED)
    return paths


def _facts(content: bytes) -> dict[str, Any]:
    try:
        facts = msgspec.convert(unpack_json(content, FACTS), _Facts)
    except msgspec.ValidationError:
        raise Invalid(_DAMAGED) from None
    counts = 0 <= facts.evaluations < 2**53 and 0 <= facts.step < 2**53
    if not counts or facts.direction not in DIRECTIONS or len(facts.method) > 100:
        raise Invalid(_DAMAGED)
    return {name: getattr(facts, name) for name in facts.__struct_fields__}


def _array(parts: Parts, name: str) -> Floats:
    """One array in single precision; raises `Invalid` for one that is too large."""
    content = read(parts, preview_part(name))
    if not _bounded(name, shape_in(content)):
        raise Invalid(_TOO_LARGE)
    return _single(unpack_npy(content, name))


def _bounded(name: str, shape: tuple[int, ...]) -> bool:
    """True for a shape within the limits of that array; its layout is checked later."""
    if name in ("points", "slopes") or name.startswith("pane_"):
        times, rows, *_ = *shape, 0, 0
        return times <= _MOST_TIMES and rows <= _MOST_ROWS and times * rows <= _MOST_PLACES
    return shape[:1] <= (_MOST_TIMES if name == "times" else _MOST_ROWS,)


def _single(value: Floats) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is refused next
        return value.astype(np.float32)


def _is_trajectory(arrays: dict[str, Floats]) -> bool:
    """True for arrays with the axes of a bundle, ascending times in [0, 1], and finite places."""
    if not {"times", "points"} <= set(arrays):
        return False
    times, points = arrays["times"], arrays["points"]
    if times.ndim != 1 or points.ndim != 3 or points.shape[::2] != (len(times), 2):
        return False
    same = "slopes" not in arrays or arrays["slopes"].shape == points.shape
    clouds = [arrays[name] for name in ("source", "target") if name in arrays]
    flat = all(cloud.ndim == 2 and cloud.shape[1] == 2 for cloud in clouds)
    near = all(bool((np.abs(value) <= _FURTHEST).all()) for value in arrays.values())
    return same and flat and near and _ascends(times) and points.shape[1] > 0


def _ascends(times: Floats) -> bool:
    inside = len(times) > 0 and bool(times[0] >= 0 and times[-1] <= 1)
    return inside and bool((np.diff(times) > 0).all())
