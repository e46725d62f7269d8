"""Tables in NPY and NPZ files; an NPZ may hold the classes, or each column, as an array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.document.limits import Invalid
from flowlab.files import container
from flowlab.files.npy_table import HEAD, Header, header_of, is_turned, values_of, words_of
from flowlab.files.reading import Progress, one_line, read_all
from flowlab.files.tables.columns import CLASS_NAMES, Roles
from flowlab.files.tables.dialect import Head
from flowlab.files.tables.gathering import Gathered, whole
from flowlab.files.tables.table import WHOLE, Layout, Options, Parts, either
from flowlab.files.tables.text import Row

_HEAD_ROWS = 2000
_MOST_ARRAYS = 64  # of an NPZ that are looked at
_MOST_UNUSED = 3  # sentences on arrays that aren't used
_MOST_EXTRA = 8  # columns beside the array of points
_POINTS = ("points", "x", "xy", "data", "samples", "coordinates", "arr_0")
_VALUES = 3 * 16  # bytes of a row of three of the longest numbers


@dataclass
class Arrays:
    """The numbers of a file, columns of words beside them, and what the columns are called."""

    name: str
    values: Doubles  # (rows, columns)
    names: tuple[str, ...] = ()
    words: tuple[Sequence[str], ...] = ()  # columns after those of numbers
    points: bool = False  # the first two columns are an array of points
    titles: tuple[str, ...] = ()  # how sentences call the columns
    notes: tuple[str, ...] = ()
    parts: Parts = WHOLE  # the arrays that may hold the points
    unused: tuple[str, ...] = ()  # what else the file holds, and why it isn't used
    uncertain: str = ""  # why another array may be meant

    def options(self, options: Options) -> Options:
        """The options, with x and y set where the arrays leave no doubt."""
        if not self.points or not options.x is options.y is None:
            return options
        return replace(options, x=1, y=2)

    def head(self, options: Options) -> Head:
        """The first rows as text."""
        del options
        rows = tuple(row for row, _ in zip(self.rows(None), range(_HEAD_ROWS), strict=False))
        return Head(rows, self.names, titles=self.titles)

    def rows(self, head: Head | None) -> Iterator[Row]:
        """Every row as text."""
        del head
        for k, numbers in enumerate(self.values.tolist()):
            yield [_text(value) for value in numbers] + [column[k] for column in self.words]

    def numbered(self, head: Head) -> Iterator[tuple[int, Row]]:
        """The rows with their numbers, from 1."""
        return enumerate(self.rows(head), 1)

    def gather(self, layout: Layout, roles: Roles) -> Gathered:
        """x, y and the class of every row."""
        if max(roles.x, roles.y) >= self.values.shape[1]:
            raise Invalid(f"{self.name} has words where x or y should be; choose other columns.")
        xy = self.values[:, [roles.x, roles.y]]
        if roles.label is None:
            return whole(self, layout, xy)
        words, codes = self._classes(roles.label)
        return whole(self, layout, xy, roles.label, codes, words)

    def _classes(self, column: int) -> tuple[list[str], Ints]:
        count = self.values.shape[1]
        if column >= count:
            kinds, codes = np.unique(np.array(self.words[column - count]), return_inverse=True)
            return kinds.tolist(), codes
        numbers, codes = np.unique(self.values[:, column], return_inverse=True)
        return [_text(value) for value in numbers.tolist()[:2000]], codes


def _text(value: float) -> str:
    return (
        str(int(value))
        if value == value and abs(value) < 1e15 and value == int(value)
        else repr(value)
    )


def read_npy(file: BinaryIO, size: int, name: str, most: int, tell: Progress) -> Arrays:
    """The table in an NPY file; raises `Invalid`."""
    header = header_of(file.read(HEAD), name, most)
    file.seek(0)
    content = read_all(file, min(size, header.end), tell)
    values, notes = _upright(values_of(content, header, name))
    return Arrays(name, _table(values, name), notes=notes)


def _upright(values: Doubles) -> tuple[Doubles, tuple[str, ...]]:
    """The values with a row for each point, and a note if they had a column for each."""
    if not is_turned(values.shape):
        return values, ()
    return values.T, (f"turned round from {values.shape[0]} rows of {values.shape[1]:,} numbers",)


def _table(values: Doubles, name: str) -> Doubles:
    if values.ndim == 2 and values.shape[1] >= 2:
        return values
    layout = "1 column" if values.ndim == 2 else f"the shape {values.shape}"
    raise Invalid(f"{name} must have columns x, y and perhaps a class, not {layout}.")


def read_npz(
    file: BinaryIO, size: int, name: str, most: int, tell: Progress, array: str | None = None
) -> Arrays:
    """The table in an NPZ file, its points in the named array; raises `Invalid`."""
    del size  # of the file; what it unpacks to counts
    try:
        with container.opened_zip(file, tell, "it is not an NPZ file, or is damaged.") as parts:
            read = _Npz(parts, name, most, array)
            chosen = read.chosen()
            parts.expect([f"{key}.npy" for key in chosen if f"{key}.npy" in parts.names])
            contents = {key: read.content(key) for key in chosen}
    except Invalid as error:
        message = str(error)
        told = message if message.startswith(name) else f"{name} cannot be read: {message}"
        raise Invalid(one_line(told)) from None
    table = _joined(name, contents, read.headers)
    table.notes += read.notes()
    table.parts = Parts("array", tuple(read.tables()), chosen[0])
    table.unused = read.unused(chosen)
    table.uncertain = read.uncertain()
    return table


class _Npz:
    """The headers of the arrays in an NPZ, and which arrays are columns of the table."""

    def __init__(self, parts: container.Parts, name: str, most: int, array: str | None) -> None:
        self.parts, self.name, self.most, self.array = parts, name, most, array
        self.members = {part.removesuffix(".npy"): part for part in parts.names}
        self.headers: dict[str, Header] = {}
        self.errors: dict[str, Invalid] = {}
        for key, part in list(self.members.items())[:_MOST_ARRAYS]:
            try:
                start = parts.start(part, HEAD, HEAD + most * _VALUES)
                self.headers[key] = header_of(start, name, most, words=True)
            except Invalid as error:
                self.errors[key] = error

    def content(self, key: str) -> bytes:
        """The bytes of an array."""
        return self.parts.read(self.members[key], HEAD + self.most * _VALUES)

    def chosen(self) -> list[str]:
        """The array of points, or one array for each coordinate, and then what may be classes."""
        points = self._points()
        first = [points] if points else self._pair()
        rows = _points_in(self.headers[first[0]])
        others = [key for key in self.headers if key not in first]
        for key in others:
            shape = self.headers[key].shape
            if key.casefold() in ("labels", "label") and shape != (rows,):
                raise Invalid(f"{self.name} holds {rows} points, but {key} of shape {shape}.")
        fitting = [key for key in others if self.headers[key].shape in ((rows,), (rows, 1))]
        fitting.sort(key=lambda key: key.casefold() not in CLASS_NAMES)
        return first + fitting[:_MOST_EXTRA]

    def tables(self) -> list[str]:
        """The arrays that may hold the points."""
        return [
            key
            for key, header in self.headers.items()
            if len(header.shape) == 2 and header.shape[1] >= 2 and header.dtype.kind not in "US"
        ]

    def uncertain(self) -> str:
        """Why another array may be meant; empty if that of the points is clear."""
        tables = self.tables()
        if self.array is not None or len(tables) < 2 or self._named() or self._flat():
            return ""
        return f"the points may be in the array {either(tables)}"

    def notes(self) -> tuple[str, ...]:
        """Which of several arrays the points are from."""
        tables, points = self.tables(), self._points()
        if len(tables) < 2:
            return ()
        others = either([key for key in tables if key != points])
        return (f"the points are the array “{points}”, not {others} (to be chosen as array)",)

    def unused(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """The arrays that are neither columns nor other clouds, each with the reason."""
        rows = _points_in(self.headers[chosen[0]])
        free = [key for key in self.members if key not in (*chosen, *self.tables())]
        told = [f"the array “{key[:40]}” {self._why_unused(key, rows)}: not used" for key in free]
        if len(told) <= _MOST_UNUSED:
            return tuple(told)
        return (*told[: _MOST_UNUSED - 1], f"{len(told) - _MOST_UNUSED + 1} more arrays: not used")

    def _why_unused(self, key: str, rows: int) -> str:
        if key in self.errors:
            return "is no column of numbers or words"
        if key not in self.headers:
            return f"is none of the first {_MOST_ARRAYS}"
        shape = self.headers[key].shape
        if shape in ((rows,), (rows, 1)):
            return f"is beyond the {_MOST_EXTRA} columns that are read beside the points"
        return f"({_extent(shape)}) doesn't fit {rows:,} points"

    def _points(self) -> str:
        """The array of points: as asked for, by its name, by its shape, or the first; or none."""
        tables = self.tables()
        if self.array is not None:
            if self.array in self.errors:
                raise self.errors[self.array]
            if self.array not in tables:
                known = f"it has {either(tables)}" if tables else "it has none"
                raise Invalid(f"it has no array of points {self.array[:40]!r}; {known}.")
            return self.array
        if named := self._named():
            return named
        return (self._flat() or tables or [""])[0]

    def _named(self) -> str:
        tables = {key.casefold(): key for key in reversed(self.tables())}
        wrong = {key.casefold(): error for key, error in self.errors.items()}
        for name in _POINTS:
            if name in tables:
                return tables[name]
            if name in wrong:
                raise wrong[name]
        return ""

    def _flat(self) -> list[str]:
        """The array of two or three numbers a point, if there is only one such."""
        flat = [key for key in self.tables() if _upright_shape(self.headers[key])[1] <= 3]
        return flat if len(flat) == 1 else []

    def _pair(self) -> list[str]:
        """The arrays x and y, one number for each point."""
        lists = {k.casefold(): k for k, h in self.headers.items() if len(h.shape) == 1}
        for a, b in (("x", "y"), ("x1", "x2"), ("x0", "x1")):
            if a in lists and b in lists:
                pair = [lists[a], lists[b]]
                one, other = (self.headers[key].shape for key in pair)
                if one == other:
                    return pair
                raise Invalid(
                    f"its array “{pair[0]}” has {_extent(one)} and “{pair[1]}” {_extent(other)}; "
                    "a point needs one of each."
                )
        if self.errors:
            raise next(iter(self.errors.values()))
        raise Invalid("it holds no array of points.")


def _upright_shape(header: Header) -> tuple[int, ...]:
    return header.shape[::-1] if is_turned(header.shape) else header.shape


def _points_in(header: Header) -> int:
    return _upright_shape(header)[0]


def _extent(shape: tuple[int, ...]) -> str:
    """How much an array of that shape holds."""
    if len(shape) < 2:
        count = shape[0] if shape else 1
        return "1 value" if count == 1 else f"{count:,} values"
    return f"shape {' × '.join(f'{length:,}' for length in shape)}"


def _joined(name: str, contents: dict[str, bytes], headers: dict[str, Header]) -> Arrays:
    columns: list[Doubles] = []
    names: list[str] = []
    titles: list[str] = []
    notes: tuple[str, ...] = ()
    words: dict[str, Sequence[str]] = {}
    for key, content in contents.items():
        header = headers[key]
        if header.dtype.kind in "US":
            words[key] = words_of(content, header, name)
            continue
        values = values_of(content, header, name).reshape(header.shape[0], -1)
        values, turned = _upright(values)
        notes += turned
        columns.append(values)
        many = values.shape[1] > 1
        names += [f"{key}[{k}]" if many else key for k in range(values.shape[1])]
        titles += [_title(key, k if many else None) for k in range(values.shape[1])]
    alone = len(columns) == 1 and not words and len(names) <= 3
    return Arrays(
        name,
        np.hstack(columns),
        () if alone else (*names, *words),
        tuple(words.values()),
        columns[0].shape[1] <= 2,
        (*titles, *map(_title, words)),
        notes,
    )


def _title(key: str, column: int | None = None) -> str:
    """How sentences call a column of an array, or an array that is a column."""
    return f"the array “{key}”" if column is None else f"column {column + 1} of “{key}”"
