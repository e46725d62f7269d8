"""Clouds of points from text, spreadsheets and arrays, checked before anything large is read."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import FURTHEST, Points
from flowlab.files.reading import Progress, one_line, open_file, refusing, relayed, silent, size_of
from flowlab.files.tables.arrays import Arrays, read_npy, read_npz
from flowlab.files.tables.columns import Roles
from flowlab.files.tables.gathering import EmptyCells, Gathered, gather, row_number
from flowlab.files.tables.spreadsheet import Spreadsheet
from flowlab.files.tables.table import FOUND, Layout, Options, TextTable, layout_of
from flowlab.files.tables.text import checked

MOST_POINTS = 2_000_000
_MOST_BYTES = 200_000_000
_HALF_WIDTH = 4.0  # of the plane that a fitted cloud fills
_ZIP = b"PK\x03\x04"

Table = Arrays | Spreadsheet | TextTable


@dataclass(frozen=True)
class Cloud:
    """Points from a file, the names of their classes, and how the file was understood."""

    points: Points  # as they are in the file
    fitted: Points  # scaled and moved into view
    classes: tuple[str, ...]
    layout: Layout

    @property
    def told(self) -> str:
        """One sentence on what was read, and one on what was assumed."""
        count = f"{len(self.points.points):,} points"
        if self.classes:
            classes = "1 class" if len(self.classes) == 1 else f"{len(self.classes)} classes"
            count += f" in {classes} ({one_line(', '.join(self.classes))})"
        return f"{self.layout.name}: {count}. {self.layout.assumed}"


def read_points(path: str | Path, progress: Progress = silent, options: Options = FOUND) -> Points:
    """The points of a table: text (CSV, TSV, TXT), XLSX, NPY or NPZ.

    What the options leave open is found from the file. Classes, at most 8, become 0, 1, ... in
    the order of numbers or of the alphabet, and their words are the shape's `classes`. Raises
    `Invalid`, also where a table can be understood in several ways. `progress` is called with the
    share read; whatever it raises ends the reading.
    """
    return read_cloud(path, progress, options).points


def read_cloud(path: str | Path, progress: Progress = silent, options: Options = FOUND) -> Cloud:
    """The points of a table and what was assumed; raises `Invalid` where that is doubtful."""
    with _opened(Path(path), progress, options) as (table, tell):
        layout = _layout(table, options)
        cloud = _cloud(table, layout, layout.settled)
        tell(1.0)
        return cloud


def _cloud(table: Table, layout: Layout, roles: Roles) -> Cloud:
    if isinstance(table, Arrays):
        found = table.gather(layout, roles)
    else:
        found = gather(table, layout, roles, MOST_POINTS)
    layout = dataclasses.replace(layout, left_out=found.left_out)
    points = _points(found, table, layout)
    return Cloud(points, fit(points), found.classes, layout)


@dataclass(frozen=True)
class Examined:
    """How a table is understood, with its points or else the sentence why there are none."""

    layout: Layout
    cloud: Cloud | None = None
    problem: str = ""
    empty: int = 0  # rows with empty cells, left out or refused


def examine(path: str | Path, progress: Progress = silent, options: Options = FOUND) -> Examined:
    """What a table holds, for a person to judge; raises `Invalid` if it is no table at all."""
    with _opened(Path(path), progress, options) as (table, tell):
        layout = _layout(table, options)
        if layout.roles is None:
            return Examined(layout, None, layout.problem)
        try:
            cloud = _cloud(table, layout, layout.roles)
        except EmptyCells as error:
            return Examined(layout, None, str(error), error.count)
        except Invalid as error:
            return Examined(layout, None, str(error))
        tell(1.0)
        return Examined(layout, cloud, empty=cloud.layout.left_out)


def read_layout(path: str | Path, progress: Progress = silent, options: Options = FOUND) -> Layout:
    """How a table is understood, from its first rows; raises `Invalid` if it is none."""
    with _opened(Path(path), progress, options) as (table, _):
        return _layout(table, options)


@contextlib.contextmanager
def _opened(path: Path, progress: Progress, options: Options) -> Iterator[tuple[Table, Progress]]:
    name = one_line(path.name)
    with relayed(progress) as tell, refusing(f"{name} cannot be read"), open_file(path) as file:
        tell(0.0)
        size = size_of(file)
        if size == 0:
            raise Invalid(f"{name} is empty; choose a file with rows x, y.")
        if size > _MOST_BYTES:
            raise Invalid(f"{name} is larger than {_MOST_BYTES // 10**6} MB; thin it out.")
        table = _table(path.suffix.lower(), file, size, name, tell, options)
        if options.array is not None and path.suffix.lower() != ".npz":
            raise Invalid(f"{name} holds no named arrays, only an NPZ file does; leave out array.")
        if options.sheet is not None and not isinstance(table, Spreadsheet):
            raise Invalid(f"{name} holds no sheets, only an XLSX file does; leave out sheet.")
        yield table, tell


def _table(
    suffix: str, file: BinaryIO, size: int, name: str, tell: Progress, options: Options
) -> Table:
    if suffix == ".npz":
        return read_npz(file, size, name, MOST_POINTS, tell, options.array)
    if suffix == ".npy":
        return read_npy(file, size, name, MOST_POINTS, tell)
    zipped = file.read(len(_ZIP)) == _ZIP
    file.seek(0)
    if zipped or suffix in (".xlsx", ".xlsm"):
        return Spreadsheet(file, name, tell, options.sheet)
    return TextTable(checked(file, size, name, MOST_POINTS, tell))


def _layout(table: Table, options: Options) -> Layout:
    if isinstance(table, Arrays):
        layout = layout_of(table, table.options(options))
        return dataclasses.replace(layout, unused=table.unused, uncertain=table.uncertain)
    return layout_of(table, options)


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


def _points(found: Gathered, table: Table, layout: Layout) -> Points:
    xy, name = found.xy, layout.name
    if len(xy) < 2:
        count = "1 point" if len(xy) else "no points"
        raise Invalid(f"{name} holds {count}; a cloud needs at least 2.")
    _check_near(found, table, layout)
    if layout.options.flip_y:
        xy = xy * (1.0, -1.0)
    labels = None if found.labels is None else Array(found.labels, np.int64)
    return Points(points=_stored(xy), labels=labels, classes=found.classes)


def _check_near(found: Gathered, table: Table, layout: Layout) -> None:
    """Raise `Invalid` naming the first row that isn't finite, or is too far away."""
    for wrong, what, remedy in (
        (~np.isfinite(found.xy), "are not finite numbers", "remove or repair them"),
        (np.abs(found.xy) > FURTHEST, f"lie further out than {FURTHEST:g}", "rescale them"),
    ):
        bad = np.flatnonzero(wrong.any(axis=1))
        if len(bad):
            row = row_number(table, layout, found.place(int(bad[0])))
            raise Invalid(
                f"{len(bad)} of {len(found.xy)} rows of {layout.name} {what}, the first is "
                f"row {row}; {remedy}."
            )


def _stored(values: Doubles) -> Array:
    """As float32, unless the cloud is so small for its distance that rounding would show."""
    spread = np.ptp(values, axis=0).max()
    fine = np.abs(values).max() <= 1e4 * spread
    return Array(values, np.float32 if fine else np.float64)
