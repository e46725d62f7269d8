"""Rows of an XLSX file. openpyxl reads them one by one and in Python, so none can abort FlowLab."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from flowlab.core.document.limits import Invalid
from flowlab.files.container import opened_zip
from flowlab.files.reading import Progress, silent
from flowlab.files.tables.dialect import DECIMALS, Head, common_width, head_of, numeric_columns
from flowlab.files.tables.numbers import is_number
from flowlab.files.tables.table import Options, Parts, either
from flowlab.files.tables.text import MOST_COLUMNS, Row

T = TypeVar("T")
_BATCH = 500  # rows
_MOST_UNPACKED = 400_000_000  # bytes of all parts
_MOST_SHARED = 50_000_000  # bytes of the words that openpyxl holds in memory
_SPARE = 100_000  # empty rows
_OFTEN = 2000  # rows between two calls of `progress`
_HEAD_ROWS = 2000
_JUDGED_ROWS = 500  # of a sheet that may hold the table
_MOST_SHEETS = 64  # that are looked at
_DAMAGED = "it is not an XLSX file, or is damaged"


@dataclass(frozen=True)
class Sheets:
    """The sheets of a file, the one that is read, and those that hold tables if that was asked."""

    names: tuple[str, ...]
    taken: str
    tables: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Which of several sheets is read."""
        others = either([name for name in self.names if name != self.taken])
        if not others:
            return ()
        first = f", the first of {len(self.tables)} with tables" if len(self.tables) > 1 else ""
        return (
            f"the points are in the sheet “{self.taken}”{first}, not {others} (to be chosen as "
            "sheet)",
        )


def _wanted(names: tuple[str, ...], sheet: str | int, file: str) -> str:
    """The sheet of that name, or else of that number."""
    text = str(sheet).strip()
    named = [name for name in names if name.strip().casefold() == text.casefold()]
    if isinstance(sheet, str) and named:
        return text if text in named else named[0]
    if text.isdecimal() and 1 <= int(text[:6]) <= len(names):
        return names[int(text[:6]) - 1]
    raise Invalid(f"{file} has no sheet {text[:40]!r}; it has {either(names)}.")


@dataclass
class Spreadsheet:
    """A sheet of an XLSX file: the one that is wanted, or the first that holds a table."""

    file: BinaryIO
    name: str
    tell: Progress = silent
    wanted: str | int | None = None  # a sheet's name, or its number from 1

    @cached_property
    def _sheets(self) -> Sheets:
        """The sheets of the file, and the one to read."""
        self._check()
        names = _quietly(self._named, name=self.name)
        if not names:
            raise Invalid(f"{self.name} holds no sheet with cells.")
        if self.wanted is not None:
            return Sheets(names, _wanted(names, self.wanted, self.name))
        if len(names) == 1:
            return Sheets(names, names[0])
        looked = sorted(names[:_MOST_SHEETS], key=self._is_hidden)
        tables = tuple(name for name in looked if self._is_table(name))
        if not tables:
            raise Invalid(
                f"{self.name} holds no rows of numbers in any of its {len(names)} sheets; choose "
                "a file with rows x, y."
            )
        return Sheets(names, tables[0], tables)

    @property
    def parts(self) -> Parts:
        """The sheets that a person may choose."""
        return Parts("sheet", self._sheets.names, self._sheets.taken)

    @property
    def notes(self) -> tuple[str, ...]:
        """Which of several sheets is read."""
        return self._sheets.notes

    def _is_table(self, sheet: str) -> bool:
        """True if the first rows of a sheet hold two columns of numbers."""
        values = self._values(MOST_COLUMNS, sheet)
        try:
            cells = [_cells(row) for row in islice(values, _JUDGED_ROWS)]
        except Invalid:  # another sheet may be readable
            return False
        rows = [row for row in cells if any(map(str.strip, row))]
        numeric = (numeric_columns(rows, common_width(rows), mark) for mark in DECIMALS)
        return len(rows) > 1 and any(len(columns) > 1 for columns in numeric)

    def head(self, options: Options) -> Head:
        """How the table is written."""
        taken = self._sheets.taken
        rows = [row for _, row in islice(self._numbered(MOST_COLUMNS + 1, taken), _HEAD_ROWS)]
        real = any("." in cell and is_number(cell, ".") for row in rows for cell in row)
        decimal = "." if options.decimal is None and real else options.decimal
        return head_of(rows, "", decimal, options.header)

    def rows(self, head: Head) -> Iterator[Row]:
        """The rows that aren't empty."""
        return (row for _, row in self.numbered(head))

    def numbered(self, head: Head) -> Iterator[tuple[int, Row]]:
        """The rows that aren't empty, with their numbers in the sheet."""
        return self._numbered(head.width + 1, self._sheets.taken)

    def _numbered(self, width: int, sheet: str) -> Iterator[tuple[int, Row]]:
        empty = 0
        for count, values in enumerate(self._values(width, sheet), 1):
            row = [] if values.count(None) == len(values) else _cells(values)
            if any(map(str.strip, row)):
                yield count, row
            else:
                empty += 1
            if empty > _SPARE:
                raise Invalid(f"{self.name} has over {_SPARE:,} empty rows; remove them.")
            if count % _OFTEN == 0:
                self.tell(count / (count + 20_000))  # nothing says how many there are

    def _values(self, width: int, sheet: str) -> Iterator[tuple[Any, ...]]:
        """The first cells of every row; raises `Invalid` for whatever openpyxl stumbles over."""
        rows = _quietly(self._opened, width, sheet, name=self.name)
        while batch := _quietly(_next_of, rows, name=self.name):
            yield from batch

    @cached_property
    def _book(self) -> Any:
        import openpyxl

        return openpyxl.load_workbook(self.file, read_only=True, data_only=True)

    def _named(self) -> tuple[str, ...]:
        return tuple(sheet.title for sheet in self._book.worksheets)

    def _is_hidden(self, sheet: str) -> bool:
        return bool(self._book[sheet].sheet_state != "visible")

    def _opened(self, width: int, name: str) -> Iterator[tuple[Any, ...]]:
        sheet = self._book[name]
        return iter(sheet.iter_rows(max_col=width, values_only=True))

    def _check(self) -> None:
        """Raise `Invalid` where the parts of the file unpack to more than a table can need."""
        try:
            with opened_zip(self.file, silent, f"{_DAMAGED}.") as parts:
                size = sum(map(parts.size, parts.names))
                shared = sum(parts.size(p) for p in parts.names if "sheets/" not in p)
        except Invalid as error:
            raise Invalid(f"{self.name} cannot be read: {error}") from None
        if size > _MOST_UNPACKED or shared > _MOST_SHARED:
            raise Invalid(f"{self.name} unpacks to {size / 1e6:,.0f} MB; save it as CSV instead.")
        self.file.seek(0)


def _next_of(rows: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(islice(rows, _BATCH))


def _quietly(function: Callable[..., T], *arguments: Any, name: str) -> T:
    """Call a function of openpyxl; no warnings about styles, and `Invalid` for its errors."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*arguments)
    except (Invalid, MemoryError, OSError):
        raise
    except Exception:  # it has a dozen kinds for damage; all mean the same
        raise Invalid(f"{name} cannot be read: {_DAMAGED}.") from None


def _cells(values: Sequence[Any]) -> Row:
    return ["" if value is None else _text(value) for value in values]


def _text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)
