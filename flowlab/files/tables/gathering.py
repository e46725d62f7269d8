"""All rows of a table, by how it is understood."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import CLASSES
from flowlab.files.tables.columns import Roles
from flowlab.files.tables.dialect import fitted
from flowlab.files.tables.numbers import floats, is_missing, number
from flowlab.files.tables.table import REFUSE, SKIP, Cells, Layout
from flowlab.files.tables.text import Row

Ranks = np.ndarray[Any, np.dtype[np.int64]]  # of the classes, one for each row
Places = np.ndarray[Any, np.dtype[np.intp]]

_BATCH = 4096  # rows at a time
_BREATH = 1e-4  # seconds between two batches
_MOST_WORDS = 1000  # different ones before they are no classes for sure


@dataclass
class Gathered:
    """The columns that count, of every row that has them."""

    xy: Doubles
    labels: Ranks | None = None
    classes: tuple[str, ...] = ()  # their names, by rank
    kept: Places | None = None  # the indices of these rows in the table; None for all
    left_out: int = 0  # rows with empty cells

    def place(self, index: int) -> int:
        """The index in the table of one of these rows."""
        return index if self.kept is None else int(self.kept[index])


class EmptyCells(Invalid):
    """Some rows have empty cells, and none was to be left out."""

    def __init__(self, sentence: str, count: int) -> None:
        super().__init__(sentence)
        self.count = count


def gather(cells: Cells, layout: Layout, roles: Roles, most: int) -> Gathered:
    """x, y and the class of the rows; raises `Invalid` naming the first row that is wrong."""
    x, y, codes = array("d"), array("d"), array("i")
    words: dict[str, int] = {}
    rows = islice(cells.rows(layout.head), layout.head.skipped, None)
    while batch := list(islice(rows, _BATCH)):
        time.sleep(_BREATH)  # a turn for the window, whose thread waits for the interpreter
        if len(x) + len(batch) > most:
            raise Invalid(f"{cells.name} holds over {most:,} points; thin it out.")
        needed = max(roles.x, roles.y)
        if layout.options.empty == SKIP:
            batch = [row if len(row) > needed else fitted(row, needed + 1) for row in batch]
        _check_lengths(cells, layout, batch, len(x), needed)
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
        return whole(cells, layout, xy)
    return whole(cells, layout, xy, roles.label, np.frombuffer(codes, np.intc), list(words))


def whole(
    cells: Cells,
    layout: Layout,
    xy: Doubles,
    label: int | None = None,
    codes: Ints | None = None,
    words: Sequence[str] = (),
) -> Gathered:
    """The rows without empty cells; raises `EmptyCells` if there are others, to be refused."""
    empty: Bools = np.isnan(xy[:, 0]) | np.isnan(xy[:, 1])
    if codes is not None and len(codes) == len(empty):
        empty |= np.isin(codes, [k for k, word in enumerate(words) if _is_blank(word)])
    count = int(np.count_nonzero(empty))
    if count and layout.options.empty == REFUSE:
        line = row_number(cells, layout, int(np.argmax(empty)))
        raise EmptyCells(_with_empty_cells(layout.name, count, len(empty), line), count)
    kept = np.flatnonzero(~empty) if count else None
    xy = xy if kept is None else xy[kept]
    if label is None or codes is None:
        return Gathered(xy, kept=kept, left_out=count)
    if kept is not None and len(codes) == len(empty):
        there, codes = np.unique(codes[kept], return_inverse=True)
        words = [words[k] for k in there.tolist()]
    return Gathered(xy, *ranked(layout, label, codes, words), kept, count)


def _is_blank(word: str) -> bool:
    return not word or word.casefold() == "nan"


def _with_empty_cells(name: str, count: int, rows: int, line: int) -> str:
    have, them = ("has", "it") if count == 1 else ("have", "them")
    return (
        f"{count:,} of {rows:,} rows of {name} {have} empty cells, the first is row {line}; fill "
        f'them in, or have {them} left out: empty="skip" in a script, --empty skip on the command '
        "line."
    )


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
    layout: Layout, column: int, codes: Ints, words: Sequence[str]
) -> tuple[Ranks, tuple[str, ...]]:
    """Ranks of the classes: whole numbers in their order, words in that of the alphabet."""
    shown = f"{layout.columns[column].shown} of {layout.name}"
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
