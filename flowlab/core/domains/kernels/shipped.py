"""Harmonics that ship with the presets' drawn walls: read from a file rather than computed anew.

Eigenfunctions are smooth, so that from cell to cell a whole multiple of a small step changes, and
its changes change, little: differences of the third order of 22 bits are packed to about 10.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from flowlab.core.array_types import AnyArray, Doubles, Ints
from flowlab.resources import asset

BITS = 22  # of a function's value; with 12 the divergence of a score is spoilt, with 20 it isn't
FOLDER = "harmonics"
_ORDER = 3
_DIGITS = 6  # of a corner, relative to the size of the walls


def shipped(polygon: Any, modes: int, cells: int) -> tuple[Doubles, Doubles] | None:
    """The least eigenvalues (modes,) and eigenfunctions (k, modes) of a shapely polygon.

    On a grid of so many cells along its longer side; None where they, or some of them, don't ship.
    """
    path = asset(f"{FOLDER}/{name_of(polygon, cells)}")
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        known = {name: file[name] for name in file.files}
    if modes > len(known["values"]):
        return None
    size = size_of(polygon)
    values, functions = known["values"][:modes] / size**2, unpacked(known)[:, :modes] / size
    return values, np.ascontiguousarray(functions)


def name_of(polygon: Any, cells: int) -> str:
    """The file of a polygon of one room, the same wherever it lies and however large it is."""
    x0, y0, *_ = polygon.bounds
    size, digest = size_of(polygon), hashlib.sha256(f"{cells}".encode())
    for ring in (polygon.exterior, *polygon.interiors):
        corners = (np.asarray(ring.coords) - (x0, y0)) / size
        digest.update((np.round(corners, _DIGITS) + 0.0).tobytes())
    return f"{digest.hexdigest()[:16]}.npz"


def size_of(polygon: Any) -> float:
    """The longer side of the upright rectangle around a polygon."""
    x0, y0, x1, y1 = polygon.bounds
    return float(max(x1 - x0, y1 - y0))


def packed(polygon: Any, values: Doubles, functions: Doubles) -> dict[str, AnyArray]:
    """Eigenvalues (modes,) and eigenfunctions (k, modes) as small arrays, relative to the size."""
    size = size_of(polygon)
    steps = np.abs(functions).max(0) * (size / 2 ** (BITS - 1))
    changes: Ints = np.rint(functions * size / steps).astype(np.int32)
    for _ in range(_ORDER):  # what overflows comes back as the sums do
        changes = np.diff(changes, axis=0, prepend=np.int32(0))
    folded = (changes << 1) ^ (changes >> 31)  # small ones of either sign have leading zeros
    planes = np.ascontiguousarray(folded.T).astype("<u4").view(np.uint8).reshape(-1, 4).T
    return {"values": values * size**2, "steps": steps, "planes": np.ascontiguousarray(planes)}


def unpacked(known: dict[str, AnyArray]) -> Doubles:
    """The eigenfunctions (k, modes) of `packed`."""
    folded = np.ascontiguousarray(known["planes"].T).view("<u4").reshape(len(known["steps"]), -1)
    changes: AnyArray = (folded >> 1).astype(np.int32) ^ -(folded & 1).astype(np.int32)
    for _ in range(_ORDER):
        changes = np.cumsum(changes, axis=1, dtype=np.int32)
    functions: Doubles = changes.T * known["steps"]
    return functions
