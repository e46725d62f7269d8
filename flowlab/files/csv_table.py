"""Tables of numbers as text: lines and columns are limited, and read one by one."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.files.reading import CHUNK, Progress

_LONGEST_LINE = 10_000  # bytes
_SPARE = 100_000  # empty lines and comments allowed, beyond one empty line for each point
_OFTEN = 1 << 16  # rows between two calls of `progress`
_CONTROL = bytes([*range(0x09), *range(0x0E, 0x20)])  # never in a table
_LINE = re.compile(rb"[^\r\n]+")
_BOM = b"\xef\xbb\xbf"


def read_csv(file: BinaryIO, size: int, name: str, most: int, tell: Progress) -> Doubles:
    """The table (rows, columns) in a text of comma, semicolon, tab or blank separated numbers.

    A header, empty lines and lines that begin with # are skipped. Raises `Invalid`.
    """
    table = _Table(_read(file, size, name, most, tell), name, most, tell)
    first = next(table.lines(), None)
    if first is None:
        raise Invalid(f"{name} holds no rows of numbers; choose a file with rows x, y.")
    columns = len(first.split(table.separator))
    if columns > 3:
        raise Invalid(
            f"{name} must have 2 or 3 columns (x, y and perhaps a class), not {columns} columns."
        )
    try:
        return np.loadtxt(table.lines(), delimiter=table.separator, comments=None, ndmin=2)
    except Invalid:
        raise
    except ValueError:
        return _patient(table, columns)


def _read(file: BinaryIO, size: int, name: str, most: int, tell: Progress) -> bytearray:
    """The whole text; raises `Invalid` as soon as it can't be a table of at most `most` points."""
    content, lines = bytearray(), 0
    while len(content) < size and (chunk := file.read(min(CHUNK, size - len(content)))):
        content += chunk
        ends = max(chunk.count(b"\n"), chunk.count(b"\r"))
        lines += ends
        if not ends and len(chunk) == CHUNK:
            raise Invalid(_too_long(name, CHUNK))
        if len(chunk.translate(None, _CONTROL)) < len(chunk):
            raise Invalid(f"{name} is not a table of numbers; choose a CSV, NPY or NPZ file.")
        if lines > 2 * most + _SPARE:
            raise Invalid(f"{name} has over {lines:,} lines; thin it out to {most:,} points.")
        tell(len(content) / size / 2)
    if content.startswith(_BOM):
        del content[: len(_BOM)]
    return content


class _Table:
    """The rows of a text, made one by one."""

    def __init__(self, content: bytearray, name: str, most: int, tell: Progress) -> None:
        self.name = name
        self._content, self._most, self._tell = content, most, tell
        head = list(islice(self._all(), 20))
        seen = "".join(head[1:] or head)  # past a header
        separator = next((mark for mark in ";\t," if mark in seen), None)
        self.separator: str | None = separator  # between numbers; None: blanks
        self._header = bool(head) and not _is_row(self._plain(head[0]), separator)

    def lines(self) -> Iterator[str]:
        """The rows without the header; raises `Invalid` for more than the most points."""
        for count, line in enumerate(islice(self._all(), int(self._header), None)):
            if count >= self._most:
                raise Invalid(f"{self.name} holds over {self._most:,} points; thin it out.")
            yield self._plain(line)

    def _plain(self, line: str) -> str:
        """The line with points for decimal commas, which only stand between semicolons."""
        return line.replace(",", ".") if self.separator == ";" else line

    def _all(self) -> Iterator[str]:
        """All lines except empty ones and comments, without quotation marks."""
        for count, match in enumerate(_LINE.finditer(self._content)):
            if count % _OFTEN == 0:
                self._tell(0.5 + match.start() / len(self._content) / 2)
            if self._content.startswith(b"#", match.start()):
                continue
            if match.end() - match.start() > _LONGEST_LINE:
                raise Invalid(_too_long(self.name, _LONGEST_LINE))
            line = _text(match[0])
            if line.strip():
                yield line.replace('"', "")


def _too_long(name: str, length: int) -> str:
    return f"{name} has a line of over {length:,} characters; choose a file with rows x, y."


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # an older spreadsheet's header; numbers are the same


def _number(word: str) -> float:
    """The number, NaN for an empty field; raises `ValueError` for other text."""
    return float(word) if word.strip() else float("nan")


def _is_row(line: str, separator: str | None) -> bool:
    """True for a line of numbers and empty fields."""
    try:
        return bool([_number(word) for word in line.split(separator)])
    except ValueError:
        return False


def _patient(table: _Table, columns: int) -> Doubles:
    """Read row by row, to name a wrong row; empty fields become NaN."""
    values = array("d")
    for k, line in enumerate(table.lines(), 1):
        if not _is_row(line, table.separator):
            raise Invalid(f"Row {k} of {table.name} is not numbers: {line.strip()[:40]!r}.")
        row = [_number(word) for word in line.split(table.separator)]
        if len(row) != columns:
            raise Invalid(f"Row {k} of {table.name} has {len(row)} columns, the first {columns}.")
        values.extend(row)
    return np.frombuffer(values, np.float64).reshape(-1, columns)
