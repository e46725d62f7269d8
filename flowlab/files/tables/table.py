"""A table of points from any file: how it is understood, and all its rows by that."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

import numpy as np

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import CLASSES
from flowlab.files.tables.columns import Column, Roles, Which, columns_of, roles_of
from flowlab.files.tables.dialect import DECIMALS, SEPARATORS, Head, read_head
from flowlab.files.tables.numbers import floats, is_missing, number
from flowlab.files.tables.text import MOST_COLUMNS, Row, Text

Ranks = np.ndarray[Any, np.dtype[np.int64]]  # of the classes, one for each row

_BATCH = 4096  # rows at a time
_BREATH = 1e-4  # seconds between two batches
_MOST_WORDS = 1000  # different ones before they are no classes for sure


_SPELLED = {
    "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "blank": " ",
    "space": " ",
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What a person has said about a table; None is found from the file.

    `x`, `y` and `label` are a column's name or its number, counted from 1; a `label` of False
    means no classes. `flip_y` is for coordinates of pictures, whose y points down.
    """

    x: Which = None
    y: Which = None
    label: Which = None
    separator: str | None = None
    decimal: str | None = None
    header: bool | None = None
    flip_y: bool = False

    def __post_init__(self) -> None:
        separator = _SPELLED.get(str(self.separator).strip(" ").casefold(), self.separator)
        separator = " " if separator is not None and not separator.strip(" ") else separator
        if separator is not None and separator not in SEPARATORS:
            raise Invalid(
                "The separator of a table must be a comma, semicolon, tab, bar or blank, not "
                f"{str(self.separator)[:20]!r}."
            )
        object.__setattr__(self, "separator", separator)
        if self.decimal not in (None, *DECIMALS):
            shown = str(self.decimal)[:20]
            raise Invalid(f"The decimal mark of a table must be . or , and not {shown!r}.")


FOUND = Options()  # everything from the file


class Cells(Protocol):
    """The rows of a table as text, as often as they are wanted."""

    @property
    def name(self) -> str:
        """The file's, for sentences."""

    def head(self, options: Options) -> Head:
        """How the table is written."""

    def numbered(self, head: Head) -> Iterator[tuple[int, Row]]:
        """The rows that aren't empty, with their numbers in the file."""

    def rows(self, head: Head) -> Iterator[Row]:
        """The rows that aren't empty."""


@dataclass(frozen=True)
class TextTable:
    """A table in a text file."""

    text: Text

    @property
    def name(self) -> str:
        """The file's."""
        return self.text.name

    def head(self, options: Options) -> Head:
        """How the table is written."""
        return read_head(self.text, options.separator, options.decimal, options.header)

    def numbered(self, head: Head) -> Iterator[tuple[int, Row]]:
        """The rows that aren't empty, with their numbers in the file."""
        return self.text.numbered(head.separator)

    def rows(self, head: Head) -> Iterator[Row]:
        """The rows that aren't empty."""
        return self.text.rows(head.separator)


@dataclass(frozen=True)
class Layout:
    """How a table is understood: its head, which columns count, and what speaks against it."""

    name: str
    head: Head
    columns: tuple[Column, ...]
    options: Options
    roles: Roles | None = None
    problem: str = ""  # a sentence, where the table can't be read so
    notes: tuple[str, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """What only a person can decide."""
        return self.head.doubts + (self.roles.doubts if self.roles is not None else ())

    @property
    def settled(self) -> Roles:
        """The columns; raises `Invalid` where something is doubtful, or missing."""
        if self.roles is None:
            raise Invalid(self.problem)
        if self.doubts:
            raise Invalid(
                f"{self.name} can be understood in more than one way: {'; '.join(self.doubts)}. "
                "State x, y, label, header or decimal."
            )
        return self.roles

    @property
    def assumed(self) -> str:
        """One sentence on what was assumed about the file."""
        parts = [*self.notes, *_written(self.head)]
        if self.roles is not None:
            parts.append(_chosen(self.columns, self.roles))
        if self.options.flip_y:
            parts.append("y points down")
        text = ", ".join(parts)
        return f"{text[:1].upper()}{text[1:]}."


def _written(head: Head) -> list[str]:
    parts = [SEPARATORS[head.separator] + " between columns"] if head.separator else []
    if head.decimal == ",":
        parts.append(DECIMALS[","])
    if head.skipped and head.names:
        above = head.skipped - 1
        rows = "1 other row" if above == 1 else f"{above} other rows"
        parts.append(f"a header below {rows}" if above else "a header")
    elif head.separator:
        parts.append("no header")
    return parts


def _chosen(columns: Sequence[Column], roles: Roles) -> str:
    text = f"x is {columns[roles.x].shown}, y is {columns[roles.y].shown}"
    if roles.label is not None:
        text += f", the classes are in {columns[roles.label].shown}"
    used = {roles.x, roles.y, roles.label}
    unused = [c.shown for c in columns if c.index not in used and not c.empty]
    if len(unused) > 4:
        unused = [*unused[:3], f"{len(unused) - 3} more columns"]
    return text + (f"; not used: {', '.join(unused)}" if unused else "")


def layout_of(cells: Cells, options: Options, notes: tuple[str, ...] = ()) -> Layout:
    """How a table is understood with these options."""
    head = cells.head(options)
    if head.width > MOST_COLUMNS:
        raise Invalid(
            f"{cells.name} has {head.width} columns, of which at most {MOST_COLUMNS} can be read."
        )
    columns = columns_of(head)
    if not head.rows or (not any(c.numeric for c in columns) and len(head.rows) < 2):
        raise Invalid(f"{cells.name} holds no rows of numbers; choose a file with rows x, y.")
    layout = Layout(cells.name, head, columns, options, notes=notes)
    try:
        roles = roles_of(columns, cells.name, options.x, options.y, options.label)
    except Invalid as error:
        return replace(layout, problem=str(error))
    return replace(layout, roles=roles)


# --- all rows -------------------------------------------------------------------------------------


@dataclass
class Gathered:
    """The columns that count, of every row."""

    xy: Doubles
    labels: Ranks | None = None
    classes: tuple[str, ...] = ()  # their names, by rank


def gather(cells: Cells, layout: Layout, roles: Roles, most: int) -> Gathered:
    """x, y and the class of every row; raises `Invalid` naming the first row that is wrong."""
    x, y, codes = array("d"), array("d"), array("i")
    words: dict[str, int] = {}
    rows = islice(cells.rows(layout.head), layout.head.skipped, None)
    while batch := list(islice(rows, _BATCH)):
        time.sleep(_BREATH)  # a turn for the window, whose thread waits for the interpreter
        if len(x) + len(batch) > most:
            raise Invalid(f"{cells.name} holds over {most:,} points; thin it out.")
        _check_lengths(cells, layout, batch, len(x), max(roles.x, roles.y))
        done = len(x)
        for values, role in ((x, roles.x), (y, roles.y)):
            column = [row[role] for row in batch]
            numbers = floats(column, layout.head.decimal)
            if isinstance(numbers, int):
                raise Invalid(_no_number(cells, layout, role, done + numbers, column[numbers]))
            values.frombytes(numbers.tobytes())
        if roles.label is not None and len(words) <= _MOST_WORDS:
            k = roles.label
            kinds = [row[k] if k < len(row) else "" for row in batch]
            coded = {
                kind: words.setdefault(kind.strip(), len(words)) for kind in dict.fromkeys(kinds)
            }
            codes.extend([coded[kind] for kind in kinds])
    xy = np.stack([np.frombuffer(x), np.frombuffer(y)], axis=1) if x else np.empty((0, 2))
    if roles.label is None:
        return Gathered(xy)
    coded_rows = np.frombuffer(codes, np.intc)
    return Gathered(xy, *ranked(cells, layout, roles.label, coded_rows, list(words)))


def row_number(cells: Cells, layout: Layout, index: int) -> int:
    """The line of the file in which the row of that index ends."""
    rows = islice(cells.numbered(layout.head), layout.head.skipped + index, None)
    return next(rows, (0, []))[0]


def _check_lengths(
    cells: Cells, layout: Layout, batch: Sequence[Row], done: int, needed: int
) -> None:
    """Raise `Invalid` for a row that lacks a coordinate or holds more than all columns."""
    width = layout.head.width
    lengths = set(map(len, batch))
    if min(lengths) > needed and max(lengths) <= width:
        return
    for k, row in enumerate(batch):
        if len(row) <= needed or any(map(str.strip, row[width:])):
            line = row_number(cells, layout, done + k)
            raise Invalid(
                f"Row {line} of {cells.name} has {_columns(len(row))}, others have {width}."
            )


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _no_number(cells: Cells, layout: Layout, column: int, index: int, cell: str) -> str:
    line = row_number(cells, layout, index)
    shown = layout.columns[column].shown
    return f"Row {line} of {cells.name} has {cell.strip()[:40]!r} in {shown}, which is no number."


def ranked(
    cells: Cells, layout: Layout, column: int, codes: Ints, words: Sequence[str]
) -> tuple[Ranks, tuple[str, ...]]:
    """Ranks of the classes: whole numbers in their order, words in that of the alphabet."""
    shown = f"{layout.columns[column].shown} of {cells.name}"
    for code, word in enumerate(words):
        if not word or word.casefold() == "nan":
            line = row_number(cells, layout, int(np.argmax(codes == code)))
            raise Invalid(f"Row {line} of {cells.name} has no class in {shown}; fill it in.")
    values = [number(word, layout.head.decimal) for word in words]
    if all(value is not None and not is_missing(w) for value, w in zip(values, words, strict=True)):
        keys: list[tuple[float, str]] = [(value or 0.0, "") for value in values]
        if any(value != np.round(value) for value in values if value is not None):
            raise Invalid(
                f"The classes in {shown} must be words or whole numbers; choose another column, "
                "or none."
            )
    else:
        keys = [(0.0, word.casefold()) for word in words]
    order = sorted(set(keys))
    if len(order) > CLASSES:
        many = f"over {_MOST_WORDS}" if len(words) > _MOST_WORDS else str(len(order))
        raise Invalid(
            f"The classes in {shown} are {many}, and at most {CLASSES} classes can be shown; "
            "merge some, or choose another column, or none."
        )
    ranks = np.array([order.index(key) for key in keys], np.int64)
    return ranks[codes], tuple(words[keys.index(key)] for key in order)
