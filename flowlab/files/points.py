"""Point clouds from CSV, NPY and NPZ files, checked before anything large is read."""

from __future__ import annotations

import dataclasses
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from flowlab.core.arrays import Array
from flowlab.core.limits import Invalid
from flowlab.core.shapes import CLASSES, Points

Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_POINTS = 2_000_000
_MOST_BYTES = 200_000_000
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")  # never in a table
_FURTHEST = 1e15  # beyond it float32 squares overflow
_HALF_WIDTH = 4.0  # of the plane that a fitted cloud fills


def read_points(path: str | Path) -> Points:
    """The points of a CSV (comma, semicolon, tab or space), NPY or NPZ file.

    Two columns x, y; a third is a class: at most 8 different whole numbers, which become 0, 1, ...
    in rising order. An NPZ may hold the classes as an array `labels`. Raises `Invalid`.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size == 0:
            raise Invalid(f"{path.name} is empty; choose a file with rows x, y.")
        if size > _MOST_BYTES:
            raise Invalid(f"{path.name} is larger than {_MOST_BYTES // 10**6} MB; thin it out.")
        table = _READERS.get(path.suffix.lower(), _csv)(path)
    except OSError as error:
        raise Invalid(f"{path.name} cannot be read: {error.strerror or error}.") from None
    return _points(table, path.name)


def fit(points: Points) -> Points:
    """The cloud placed so that it fills ±4, if it is over 5 times wider or narrower or far off.

    Done by scale and offset; where their limits don't allow it, by changing the coordinates.
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


def _points(table: Floats, name: str) -> Points:
    if table.ndim != 2 or table.shape[1] not in (2, 3):
        found = f"{table.shape[1]} columns" if table.ndim == 2 else f"shape {table.shape}"
        raise Invalid(f"{name} must have 2 or 3 columns (x, y and perhaps a class), not {found}.")
    if len(table) < 2:
        count = "1 point" if len(table) else "no points"
        raise Invalid(f"{name} holds {count}; a cloud needs at least 2.")
    _refuse_too_many(len(table), name)
    bad = np.flatnonzero(~(np.abs(table) <= _FURTHEST).all(axis=1))
    if len(bad):
        raise Invalid(
            f"{len(bad)} of {len(table)} rows of {name} are not finite numbers, the first is "
            f"row {bad[0] + 1}; remove or repair them."
        )
    labels = _classes(table[:, 2], name) if table.shape[1] == 3 else None
    return Points(points=_kept(table[:, :2]), labels=labels)


def _kept(values: Floats) -> Array:
    """As float32, unless the cloud is so small for its distance that this would show."""
    spread = np.ptp(values, axis=0).max()
    fine = np.abs(values).max() <= 1e4 * spread
    return Array(values, np.float32 if fine else np.float64)


def _classes(column: Floats, name: str) -> Array:
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


def _refuse_too_many(count: int, name: str) -> None:
    if count > MOST_POINTS:
        raise Invalid(f"{name} holds {count:,} points; thin it out to at most {MOST_POINTS:,}.")


def _csv(path: Path) -> Floats:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # an older spreadsheet's header; numbers are the same
    if _CONTROL.search(text):
        raise Invalid(f"{path.name} is not a table of numbers; choose a CSV, NPY or NPZ file.")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    separator, lines = _separator([line.replace('"', "") for line in lines])
    if lines and not _is_row(lines[0], separator):
        lines = lines[1:]  # a header
    _refuse_too_many(len(lines), path.name)
    if not lines:
        raise Invalid(f"{path.name} holds no rows of numbers; choose a file with rows x, y.")
    try:
        return np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2)
    except ValueError:
        return _patient(lines, separator, path.name)


def _separator(lines: list[str]) -> tuple[str | None, list[str]]:
    """What stands between numbers (None: blanks); a decimal comma becomes a point."""
    seen = "".join(lines[1:20] or lines)  # past a header
    if ";" in seen:
        return ";", [line.replace(",", ".") for line in lines]
    if "\t" in seen:
        return "\t", lines
    return ("," if "," in seen else None), lines


def _number(word: str) -> float:
    """The number, NaN for an empty place; raises ValueError for a word."""
    return float(word) if word.strip() else float("nan")


def _is_row(line: str, separator: str | None) -> bool:
    try:
        return bool([_number(word) for word in line.split(separator)])
    except ValueError:
        return False


def _patient(lines: list[str], separator: str | None, name: str) -> Floats:
    """Row by row, to say which row is wrong; empty places are not a number."""
    width, rows = len(lines[0].split(separator)), []
    for k, line in enumerate(lines):
        if not _is_row(line, separator):
            raise Invalid(f"Row {k + 1} of {name} is not numbers: {line.strip()[:40]!r}.")
        rows.append([_number(word) for word in line.split(separator)])
        if len(rows[-1]) != width:
            raise Invalid(f"Row {k + 1} of {name} has {len(rows[-1])} columns, the first {width}.")
    return np.array(rows)


def _npy(path: Path) -> Floats:
    with path.open("rb") as file:
        return _array(file, path.name)


def _npz(path: Path) -> Floats:
    try:
        with zipfile.ZipFile(path) as archive:
            return _joined(archive, path.name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        raise Invalid(f"{path.name} is not an NPZ file, or is damaged.") from None


def _joined(archive: zipfile.ZipFile, name: str) -> Floats:
    """The array `points`, or the first of any other name, with `labels` as its third column."""
    names = [member.removesuffix(".npy") for member in archive.namelist()]
    others = [member for member in names if member != "labels"]
    if not others:
        raise Invalid(f"{name} holds no array of points.")
    points = _member(archive, "points" if "points" in names else others[0], name)
    if "labels" not in names or points.ndim != 2 or points.shape[1] != 2:
        return points
    labels = _member(archive, "labels", name)
    if labels.shape != (len(points),):
        raise Invalid(f"{name} holds {len(points)} points, but labels of shape {labels.shape}.")
    return np.column_stack([points, labels])


def _member(archive: zipfile.ZipFile, member: str, name: str) -> Floats:
    with archive.open(f"{member}.npy" if f"{member}.npy" in archive.namelist() else member) as file:
        return _array(file, name)


def _array(file: IO[bytes], name: str) -> Floats:
    """One NPY array, whose header is checked before room is made for it."""
    try:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = header(file)
    except (ValueError, EOFError, SyntaxError):
        raise Invalid(f"{name} is not an NPY array, or is damaged.") from None
    if dtype.kind not in "fiub" or dtype.itemsize > 16:
        raise Invalid(f"{name} must hold real numbers, not values of type {dtype}.")
    if len(shape) not in (1, 2) or min(shape) < 0 or (len(shape) == 2 and shape[1] > 3):
        raise Invalid(f"{name} must have rows of 2 or 3 columns, not the shape {shape}.")
    _refuse_too_many(shape[0], name)
    count = int(np.prod(shape))
    raw = file.read(count * dtype.itemsize)
    if len(raw) < count * dtype.itemsize:
        raise Invalid(f"{name} is cut short; save it again.")
    values = np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")
    return values.astype(np.float64)


_READERS = {".npy": _npy, ".npz": _npz}
