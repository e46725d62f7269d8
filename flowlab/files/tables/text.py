"""Tables in text: any of the usual encodings, lines and cells one by one, within limits."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import BinaryIO

from flowlab.core.document.limits import Invalid
from flowlab.files.reading import CHUNK, Progress
from flowlab.files.tables.brackets import in_brackets, rows_in_brackets

BLANKS = " "  # as a separator: any number of blanks and tabs
LONGEST_LINE = 10_000  # characters
MOST_COLUMNS = 200
READ = "CSV, TSV, TXT, XLSX, NPY or NPZ"  # what tables are read from
_SPARE = 100_000  # empty lines and comments allowed, beyond one empty line for each point
_JUDGED_LINES = 200  # from which it is seen whether rows stand in brackets
_OFTEN = 1 << 14  # lines between two calls of `progress`
_CONTROL = bytes([*range(0x09), *range(0x0E, 0x20)])  # never in a table
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^ \t\n]+)')
_BETWEEN = re.compile(r"[^ \t\n]+")
_COMMENTS = ("#", "%", "//")
_BEFORE_COMMENTS = "#%/ \t"

Row = list[str]


@dataclass
class Text:
    """An open text file whose size, lines and characters have been checked."""

    file: BinaryIO
    size: int
    name: str
    encoding: str
    tell: Progress

    @cached_property
    def brackets(self) -> bool:
        """True if the rows stand in brackets, as programs print arrays and lists."""
        lines = islice(self._plain_lines(), _JUDGED_LINES)
        seen = [in_brackets(line) for line in lines if any(map(str.isdecimal, line))]
        return 2 * sum(seen) > len(seen)

    def lines(self) -> Iterator[str]:
        """Every line of the file; a comment is an empty line. Raises `Invalid` for a long one."""
        if not self.brackets:
            for line in self._plain_lines():
                if len(line) > LONGEST_LINE:
                    self._check_length(line)
                yield line
            return
        for count, line in enumerate(self._plain_lines(), 1):
            rows = rows_in_brackets(line)
            if "..." in rows:
                raise Invalid(
                    f"{self.name} is a shortened print (“...” in line {count}): write the whole "
                    "array, in Python with numpy.savetxt."
                )
            for row in rows:
                self._check_length(row)
                yield f"{row}\n"

    def _check_length(self, line: str) -> None:
        if len(line) > LONGEST_LINE:
            raise Invalid(_too_long(self.name, LONGEST_LINE))

    def _plain_lines(self) -> Iterator[str]:
        """Every line as it stands in the file; a comment is an empty line."""
        self.file.seek(0)
        text = io.TextIOWrapper(self.file, self.encoding, errors="replace", newline=None)
        try:
            for count, line in enumerate(text):
                if count % _OFTEN == 0:
                    self.tell(min(1.0, 0.5 + self.file.tell() / self.size / 2))
                if line[:1] in _BEFORE_COMMENTS and line.lstrip().startswith(_COMMENTS):
                    yield "\n"
                    continue
                yield line
        finally:
            with suppress(ValueError):  # the file may be closed before this ends
                text.detach()

    def numbered(self, separator: str) -> Iterator[tuple[int, Row]]:
        """The rows that aren't empty, each with the number of its last line in the file."""
        if separator == BLANKS:
            for count, line in enumerate(self.lines(), 1):
                if words := _words(line):
                    yield count, words
            return
        reader = csv.reader(self.lines(), delimiter=separator, skipinitialspace=True)
        try:
            for row in reader:
                if row and (row[0].strip() or any(map(str.strip, row))):
                    yield reader.line_num, row
        except csv.Error:
            raise Invalid(
                f"Row {reader.line_num} of {self.name} cannot be read: a quotation mark that "
                "opens is never closed."
            ) from None

    def rows(self, separator: str) -> Iterator[Row]:
        """The rows that aren't empty; raises `Invalid` for one of too many columns."""
        for _, row in self.numbered(separator):
            if len(row) > MOST_COLUMNS:
                raise Invalid(too_wide(self.name, len(row)))
            yield row


def checked(file: BinaryIO, size: int, name: str, most: int, tell: Progress) -> Text:
    """The text of a file; raises `Invalid` as soon as it can't be a table of `most` points."""
    head = file.read(4096)
    encoding = _wide(head)
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    done, lines, readable = 0, 0, True
    while done < size and (chunk := file.read(min(CHUNK, size - done))):
        done += len(chunk)
        ends = max(chunk.count(b"\n"), chunk.count(b"\r"))
        lines += ends
        if not ends and len(chunk) == CHUNK:
            raise Invalid(_too_long(name, CHUNK))
        if lines > 2 * most + _SPARE:
            raise Invalid(f"{name} has over {lines:,} lines; thin it out to {most:,} points.")
        if readable:
            readable, plain = _decoded(decoder, chunk, encoding)
        if len((plain if encoding else chunk).translate(None, _CONTROL)) < len(
            plain if encoding else chunk
        ):
            raise Invalid(f"{name} is not a table of numbers; choose a {READ} file.")
        tell(done / size / 2)
    return Text(file, size, name, encoding or (_narrow(head) if readable else "cp1252"), tell)


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str) -> tuple[bool, bytes]:
    """Whether the chunk can be decoded, and it as UTF-8 where its own encoding is a wide one."""
    try:
        text = decoder.decode(chunk)
    except UnicodeDecodeError:
        return False, b"\x00" if encoding else b""
    return True, text.encode("utf-8", "replace") if encoding else b""


def _wide(head: bytes) -> str:
    """UTF-16 by its mark, or by the zeros between its Latin letters; empty for other text."""
    for mark, encoding in _MARKS[1:]:
        if head.startswith(mark):
            return encoding
    half = len(head) // 2
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half > 3 and head[start::2].count(0) > 0.7 * half > head[1 - start :: 2].count(0):
            return encoding
    return ""


def _narrow(head: bytes) -> str:
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


def _words(line: str) -> Row:
    """The words of a line between blanks; a quoted one may hold blanks."""
    if '"' not in line and "'" not in line:
        return _BETWEEN.findall(line)
    return [match[1] or match[2] or match[3] or "" for match in _WORD.finditer(line)]


def too_wide(name: str, columns: int) -> str:
    """The sentence for a table of too many columns."""
    return (
        f"{name} has {columns} columns, of which at most {MOST_COLUMNS} can be read; transpose it "
        "if each of them is a point."
    )


def _too_long(name: str, length: int) -> str:
    return (
        f"{name} has a line of over {length:,} characters; choose a file with a row x, y for each "
        "point, or transpose it if each is a column."
    )
