"""Rows of an XLSX file. openpyxl reads them one by one and in Python, so none can abort FlowLab."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from flowlab.core.document.limits import Invalid
from flowlab.files.container import opened_zip
from flowlab.files.reading import Progress, silent
from flowlab.files.tables.dialect import Head, head_of
from flowlab.files.tables.numbers import is_number
from flowlab.files.tables.table import Options
from flowlab.files.tables.text import MOST_COLUMNS, Row

T = TypeVar("T")
_BATCH = 500  # rows
_MOST_UNPACKED = 400_000_000  # bytes of all parts
_MOST_SHARED = 50_000_000  # bytes of the words that openpyxl holds in memory
_SPARE = 100_000  # empty rows
_OFTEN = 2000  # rows between two calls of `progress`
_HEAD_ROWS = 2000
_DAMAGED = "it is not an XLSX file, or is damaged"


@dataclass
class Spreadsheet:
    """The first sheet of an XLSX file."""

    file: BinaryIO
    name: str
    tell: Progress = silent
    notes: list[str] = field(default_factory=list)

    def head(self, options: Options) -> Head:
        """How the table is written."""
        rows = [row for _, row in islice(self._numbered(MOST_COLUMNS + 1), _HEAD_ROWS)]
        real = any("." in cell and is_number(cell, ".") for row in rows for cell in row)
        decimal = "." if options.decimal is None and real else options.decimal
        return head_of(rows, "", decimal, options.header)

    def rows(self, head: Head) -> Iterator[Row]:
        """The rows that aren't empty."""
        return (row for _, row in self.numbered(head))

    def numbered(self, head: Head) -> Iterator[tuple[int, Row]]:
        """The rows that aren't empty, with their numbers in the sheet."""
        return self._numbered(head.width + 1)

    def _numbered(self, width: int) -> Iterator[tuple[int, Row]]:
        empty = 0
        for count, values in enumerate(self._values(width), 1):
            row = ["" if value is None else _text(value) for value in values]
            if any(map(str.strip, row)):
                yield count, row
            else:
                empty += 1
            if empty > _SPARE:
                raise Invalid(f"{self.name} has over {_SPARE:,} empty rows; remove them.")
            if count % _OFTEN == 0:
                self.tell(count / (count + 20_000))  # nothing says how many there are

    def _values(self, width: int) -> Iterator[tuple[Any, ...]]:
        """The first cells of every row; raises `Invalid` for whatever openpyxl stumbles over."""
        self._check()
        rows = _quietly(self._opened, width, name=self.name)
        while batch := _quietly(_next_of, rows, name=self.name):
            yield from batch

    def _opened(self, width: int) -> Iterator[tuple[Any, ...]]:
        import openpyxl

        book = openpyxl.load_workbook(self.file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        if len(book.worksheets) > 1:
            self.notes[:] = [f"the first of {len(book.worksheets)} sheets"]
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


def _text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)
