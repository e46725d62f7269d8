"""Point clouds from CSV, NPY and NPZ files, checked before anything large is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import CLASSES, FURTHEST, Points
from flowlab.files.container import Parts, opened_zip
from flowlab.files.csv_table import read_csv
from flowlab.files.npy_table import HEAD, MOST_COLUMNS, header_of, values_of
from flowlab.files.reading import (
    Progress,
    one_line,
    open_file,
    read_all,
    refusing,
    relayed,
    silent,
    size_of,
)

MOST_POINTS = 2_000_000
_MOST_BYTES = 200_000_000
_HALF_WIDTH = 4.0  # of the plane that a fitted cloud fills


def read_points(path: str | Path, progress: Progress = silent) -> Points:
    """The points of a CSV (comma, semicolon, tab or space), NPY or NPZ file.

    It has two columns x, y and perhaps a third, the class: at most 8 different whole numbers, which
    become 0, 1, ... in ascending order. An NPZ may hold the classes as an array `labels`. Raises
    `Invalid`. `progress` is called with the share read; whatever it raises ends the reading.
    """
    path = Path(path)
    name = one_line(path.name)
    with relayed(progress) as tell, refusing(f"{name} cannot be read"), open_file(path) as file:
        tell(0.0)
        size = size_of(file)
        if size == 0:
            raise Invalid(f"{name} is empty; choose a file with rows x, y.")
        if size > _MOST_BYTES:
            raise Invalid(f"{name} is larger than {_MOST_BYTES // 10**6} MB; thin it out.")
        read = _READERS.get(path.suffix.lower(), read_csv)
        points = _points(read(file, size, name, MOST_POINTS, tell), name)
        tell(1.0)
        return points


def fit(points: Points) -> Points:
    """The cloud fitted to ±4, if it is over 5 times wider or narrower than that, or far away.

    Scale and offset are set, or the coordinates changed where their limits don't allow it.
    """
    values = np.asarray(points.points.values, dtype=np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2
    if half == 0 or (
        _HALF_WIDTH / 5 <= half <= _HALF_WIDTH * 5 and np.abs(middle).max() < 5 * _HALF_WIDTH
    ):
        return points
    scale = _HALF_WIDTH / half
    try:
        x, y = (-scale * middle).tolist()
        return dataclasses.replace(points, scale=scale, rotation=0.0, offset_x=x, offset_y=y)
    except Invalid:
        return dataclasses.replace(points, points=Array((values - middle) * scale))


def _points(table: Doubles, name: str) -> Points:
    if table.ndim != 2 or table.shape[1] not in (2, 3):
        layout = f"{table.shape[1]} columns" if table.ndim == 2 else f"shape {table.shape}"
        raise Invalid(f"{name} must have 2 or 3 columns (x, y and perhaps a class), not {layout}.")
    if len(table) < 2:
        count = "1 point" if len(table) else "no points"
        raise Invalid(f"{name} holds {count}; a cloud needs at least 2.")
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(~(np.abs(table) <= FURTHEST).all(axis=1))
    if len(bad):
        raise Invalid(
            f"{len(bad)} of {len(table)} rows of {name} are not finite numbers, the first is "
            f"row {bad[0] + 1}; remove or repair them."
        )
    labels = _classes(table[:, 2], name) if table.shape[1] == 3 else None
    return Points(points=_stored(table[:, :2]), labels=labels)


def _stored(values: Doubles) -> Array:
    """As float32, unless the cloud is so small for its distance that rounding would show."""
    spread = np.ptp(values, axis=0).max()
    fine = np.abs(values).max() <= 1e4 * spread
    return Array(values, np.float32 if fine else np.float64)


def _classes(column: Doubles, name: str) -> Array:
    values, labels = np.unique(column, return_inverse=True)
    if (values != np.round(values)).any():
        raise Invalid(
            f"The third column of {name} must hold classes as whole numbers; remove it if it is "
            "something else."
        )
    if len(values) > CLASSES:
        raise Invalid(
            f"The third column of {name} holds {len(values)} classes, and at most {CLASSES} can "
            "be shown; merge some or remove the column."
        )
    return Array(labels, np.int64)


def _npy(file: BinaryIO, size: int, name: str, most: int, tell: Progress) -> Doubles:
    header = header_of(file.read(HEAD), name, most)
    file.seek(0)
    return values_of(read_all(file, min(size, header.end), tell), header, name)


def _npz(file: BinaryIO, size: int, name: str, most: int, tell: Progress) -> Doubles:
    """The array of points; with two columns, the classes are appended as the third."""
    del size  # of the file; what it unpacks to counts
    try:
        with opened_zip(file, tell, "it is not an NPZ file, or is damaged.") as parts:
            arrays = _arrays(parts, most)
    except Invalid as error:
        raise Invalid(one_line(f"{name} cannot be read: {error}")) from None
    points, *labels = (values_of(a, header_of(a[:HEAD], name, most), name) for a in arrays)
    if not labels or points.ndim != 2 or points.shape[1] != 2:
        return points
    if labels[0].shape != (len(points),):
        raise Invalid(f"{name} holds {len(points)} points, but labels of shape {labels[0].shape}.")
    return np.column_stack([points, labels[0]])


def _arrays(parts: Parts, most: int) -> list[bytes]:
    """The array `points`, or else the first one of another name, and `labels` if present."""
    names = {part.removesuffix(".npy"): part for part in parts.names}
    others = [name for name in names if name != "labels"]
    if not others:
        raise Invalid("it holds no array of points.")
    wanted = [names["points" if "points" in names else others[0]]]
    wanted += [names["labels"]] if "labels" in names else []
    parts.expect(wanted)
    return [parts.read(name, HEAD + most * MOST_COLUMNS * 16) for name in wanted]


_Reader = Callable[[BinaryIO, int, str, int, Progress], Doubles]
_READERS: dict[str, _Reader] = {".npy": _npy, ".npz": _npz}
