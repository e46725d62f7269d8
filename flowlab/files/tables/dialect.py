"""How a text table is written: its separator, its decimal mark and its header.

clevercsv finds the separator. It doesn't know that `1,5 2,5` may be two numbers, so its answer
counts only where no other separator makes numbers of more cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from flowlab.core.document.limits import Invalid
from flowlab.files.tables.numbers import decimal_of, is_missing, is_number
from flowlab.files.tables.text import BLANKS, Row, Text

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", BLANKS: "blanks"}
DECIMALS = {".": "decimal points", ",": "decimal commas"}
_HEAD_ROWS, _SCORED_ROWS = 500, 60
_SAMPLE_LINES, _SAMPLE_CHARACTERS = 60, 6000
_PREAMBLE = 20  # rows above a table that may hold its title


@dataclass(frozen=True)
class Head:
    """The first rows of a table, and how they are separated into cells and numbers."""

    rows: tuple[Row, ...]  # without header and what stands above it, all of equal length
    names: tuple[str, ...]  # of the columns; empty without a header
    skipped: int = 0  # rows above the first row of numbers, the header among them
    separator: str = ""
    decimal: str = "."
    doubts: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()  # how sentences call the columns, where not by their names

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.rows[0]) if self.rows else len(self.names)


def is_turned(head: Head) -> bool:
    """True for two or three long rows, as of a table whose columns are points."""
    return len(head.rows) in (2, 3) and head.width > 2 * len(head.rows)


def read_head(text: Text, separator: str | None, decimal: str | None, header: bool | None) -> Head:
    """The head of a text; what is None is found."""
    found = find_separator(text) if separator is None else separator
    rows = list(islice(text.rows(found), _HEAD_ROWS))
    return head_of(rows, found, decimal, header)


def head_of(rows: list[Row], separator: str, decimal: str | None, header: bool | None) -> Head:
    """The head of a table whose cells are known."""
    width = common_width(rows)
    cells = [cell for row in rows for cell in row if not is_missing(cell)]
    mark, doubtful = decimal_of(cells, separator) if decimal is None else (decimal, False)
    skipped, doubt = _first_row(rows, width, mark, header)
    names = _names(rows[skipped - 1], width) if skipped else ()
    doubts = [doubt] if doubt else []
    if doubtful:
        doubts.append(f"a comma as in {_with_comma(cells)!r} may be a decimal or a thousands mark")
    regular = tuple(fitted(row, width) for row in rows[skipped:])
    return Head(regular, names, skipped, separator, mark, tuple(doubts))


def _with_comma(cells: Sequence[str]) -> str:
    return next((cell.strip() for cell in cells if "," in cell), "")[:40]


def common_width(rows: Sequence[Row]) -> int:
    """How many columns most rows have, not counting empty cells at their ends."""
    lengths = Counter(len(_stripped(row)) for row in rows)
    most = max(lengths.values(), default=0)
    return max((n for n, count in lengths.items() if count == most), default=0)


def _stripped(row: Row) -> Row:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def fitted(row: Row, width: int) -> Row:
    """The row with `width` cells: missing ones are empty, and empty ones at its end cut."""
    return row[:width] + [""] * (width - len(row))


# --- the separator --------------------------------------------------------------------------------


def find_separator(text: Text) -> str:
    """The separator that makes numbers of most cells; of equal ones, clevercsv's."""
    first = _by_clevercsv(text)
    others = [mark for mark in SEPARATORS if mark != first]
    scores = {mark: _score(text, mark) for mark in (first, *others)}
    return max(scores, key=lambda mark: round(scores[mark], 6))


def _by_clevercsv(text: Text) -> str:
    lines = [line for line in islice(text.lines(), 2 * _SAMPLE_LINES) if line.strip()]
    sample = "".join(lines[:_SAMPLE_LINES])[:_SAMPLE_CHARACTERS].rpartition("\n")[0] + "\n"
    import clevercsv  # a fifth of a second, only for who reads a table

    with suppress(Exception):  # its own errors, and those of its patterns: it found none
        dialect = clevercsv.Detector().detect(sample, delimiters=list(SEPARATORS))
        if dialect is not None and dialect.delimiter in SEPARATORS:
            return str(dialect.delimiter)
    return ","


def _score(text: Text, separator: str) -> float:
    """The share of cells that are numbers, times that of rows of common width.

    Zero without two columns of numbers.
    """
    try:
        rows = list(islice(text.rows(separator), _SCORED_ROWS))
    except Invalid:  # another separator may do
        return 0.0
    width = common_width(rows)
    cells = [cell for row in rows[1:] or rows for cell in row if not is_missing(cell)]
    decimal, _ = decimal_of([cell for row in rows for cell in row], separator)
    if not cells or len(numeric_columns(rows, width, decimal)) < 2:
        return 0.0
    numbers = sum(is_number(cell, decimal) for cell in cells) / len(cells)
    return numbers * sum(len(_stripped(row)) <= width for row in rows) / len(rows)


def numeric_columns(rows: Sequence[Row], width: int, decimal: str) -> list[int]:
    """The columns in which at least half of what isn't empty are numbers."""
    return [k for k in range(width) if _is_numeric([r[k] for r in rows if k < len(r)], decimal)]


def _is_numeric(cells: Sequence[str], decimal: str) -> bool:
    present = [cell for cell in cells if not is_missing(cell) or cell.strip().casefold() == "nan"]
    return bool(present) and 2 * sum(is_number(c, decimal) for c in present) >= len(present)


# --- the header -----------------------------------------------------------------------------------


def _first_row(
    rows: Sequence[Row], width: int, decimal: str, header: bool | None
) -> tuple[int, str]:
    """How many rows come before the first of the table, and what is doubtful about that."""
    if header is not None:
        return int(header), ""
    numeric = numeric_columns(rows, width, decimal)
    for k, row in enumerate(rows[:_PREAMBLE]):
        if _fits(row, width, numeric, decimal):
            return _counted(rows, k, numeric, decimal)
    return int(len(rows) > 1 and not numeric), ""


def _fits(row: Row, width: int, numeric: Sequence[int], decimal: str) -> bool:
    """True for a row of the table: a number, or nothing, where the others have numbers."""
    there = fitted(row, width)
    cells = [there[k] for k in numeric]
    fits = all(is_missing(cell) or is_number(cell, decimal) for cell in cells)
    return bool(numeric) and fits and not all(map(is_missing, cells))


def _counted(
    rows: Sequence[Row], first: int, numeric: Sequence[int], decimal: str
) -> tuple[int, str]:
    """A first row 0, 1, ... is the header that pandas writes for an array without names."""
    if first:
        mixed = [cell for cell in rows[first - 1] if is_number(cell, decimal)]
        if mixed and not _counts(rows[first - 1]):
            return first, f"the first row may be a header or, because of {mixed[0]!r}, a point"
        return first, ""
    if not _counts(rows[0]) or len(rows) < 3:
        return 0, ""
    below = [row[k] for row in rows[1:] for k in numeric if k < len(row)]
    if any(not _is_whole(cell) for cell in below if not is_missing(cell)):
        return 1, ""
    return 0, f"the first row {', '.join(rows[0])} may be a header or a point"


def _counts(row: Row) -> bool:
    """True for 0, 1, 2, ..., perhaps after the empty name of a row index."""
    cells = [cell.strip() for cell in row]
    cells = cells[1:] if cells and not cells[0] else cells
    return len(cells) > 1 and cells == [str(k) for k in range(len(cells))]


def _is_whole(cell: str) -> bool:
    return cell.strip().lstrip("+-").isdecimal()


def _names(row: Row, width: int) -> tuple[str, ...]:
    """The names in a header; R leaves out that of its row names."""
    if len(row) == width - 1:
        row = ["", *row]
    return tuple(cell.strip()[:80] for cell in fitted(row, width))
