"""A table of points from any file, and how it is understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import CLASSES
from flowlab.files.tables.columns import Column, Roles, Which, columns_of, roles_of
from flowlab.files.tables.dialect import DECIMALS, SEPARATORS, Head, is_turned, read_head
from flowlab.files.tables.text import MOST_COLUMNS, Row, Text, too_wide

SKIP, REFUSE = "skip", "refuse"  # what becomes of rows with empty cells

_SPELLED = {
    "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "blank": " ",
    "space": " ",
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What a person has said about a table; None is found from the file.

    `x`, `y` and `label` are a column's name or its number, counted from 1; a `label` of False
    means no classes. `array` is the name of the array of points in an NPZ file, `sheet` that of a
    sheet in an XLSX file, or its number from 1. `flip_y` is for coordinates of pictures, whose y
    points down. `empty` says whether rows without x, y or class are left out ("skip") or the table
    is refused ("refuse").
    """

    x: Which = None
    y: Which = None
    label: Which = None
    separator: str | None = None
    decimal: str | None = None
    header: bool | None = None
    flip_y: bool = False
    empty: str = REFUSE
    array: str | None = None
    sheet: str | int | None = None

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
        if self.empty not in (SKIP, REFUSE):
            raise Invalid(
                f"empty must be {SKIP!r} or {REFUSE!r}, what becomes of rows with empty cells, not "
                f"{str(self.empty)[:20]!r}."
            )


_MOST_NAMED = 6  # arrays or sheets in a sentence
_TOO_MANY = f" (more than {CLASSES} kinds: too many for classes)"

FOUND = Options()  # everything from the file


class Cells(Protocol):
    """The rows of a table as text, as often as they are wanted."""

    @property
    def name(self) -> str:
        """The file's, for sentences."""

    @property
    def parts(self) -> Parts:
        """The parts of the file that may hold the points."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to get at the rows."""

    def head(self, options: Options) -> Head:
        """How the table is written."""

    def numbered(self, head: Head) -> Iterator[tuple[int, Row]]:
        """The rows that aren't empty, with their numbers in the file."""

    def rows(self, head: Head) -> Iterator[Row]:
        """The rows that aren't empty."""


@dataclass(frozen=True)
class Parts:
    """The parts of a file that may hold the points, and the one that is taken."""

    what: str = ""  # "array" or "sheet", as the option is called that chooses one
    names: tuple[str, ...] = ()
    taken: str = ""


WHOLE = Parts()  # a file that is one table


def either(names: Sequence[str]) -> str:
    """The names of arrays or sheets in a sentence."""
    shown = [f"“{name}”" for name in names[:_MOST_NAMED]] + ["…"] * (len(names) > _MOST_NAMED)
    return " or ".join(shown)


@dataclass(frozen=True)
class TextTable:
    """A table in a text file."""

    text: Text

    @property
    def name(self) -> str:
        """The file's."""
        return self.text.name

    @property
    def parts(self) -> Parts:
        """The whole file."""
        return WHOLE

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands around the rows."""
        return ("rows in brackets",) if self.text.brackets else ()

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
    left_out: int = 0  # rows with empty cells
    parts: Parts = WHOLE  # arrays of an NPZ file, or sheets of a spreadsheet
    unused: tuple[str, ...] = ()  # what else the file holds, and why it isn't used
    uncertain: str = ""  # why another array may be meant

    @property
    def doubts(self) -> tuple[str, ...]:
        """What only a person can decide."""
        found = self.head.doubts + (self.roles.doubts if self.roles is not None else ())
        return (self.uncertain, *found) if self.uncertain else found

    @property
    def settled(self) -> Roles:
        """The columns; raises `Invalid` where something is doubtful, or missing."""
        if self.roles is None:
            raise Invalid(self.problem)
        if self.doubts:
            what = "array, x, y or label" if self.uncertain else "x, y, label, header or decimal"
            raise Invalid(
                f"{self.name} can be understood in more than one way: {'; '.join(self.doubts)}. "
                f"State {what}."
            )
        return self.roles

    @property
    def assumed(self) -> str:
        """One sentence on what was assumed about the file."""
        parts = [*self.notes, *_written(self.head)]
        if self.roles is not None:
            labelled = self.options.label is not False
            parts.append(_chosen(self.columns, self.roles, labelled=labelled))
        if self.options.flip_y:
            parts.append("y points down")
        if self.left_out:
            parts.append(f"{rows_in_words(self.left_out)} with empty cells left out")
        text = "; ".join((", ".join(parts), *self.unused))
        begins = text if text.startswith("x is ") else f"{text[:1].upper()}{text[1:]}"
        return f"{begins}."  # x stays x, lest it be taken for an array X


def rows_in_words(count: int) -> str:
    """A count of rows."""
    return "1 row" if count == 1 else f"{count:,} rows"


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


def _chosen(columns: Sequence[Column], roles: Roles, *, labelled: bool) -> str:
    text = f"x is {columns[roles.x].shown}, y is {columns[roles.y].shown}"
    if roles.label is not None:
        text += f", the classes are in {columns[roles.label].shown}"
    used = {roles.x, roles.y, roles.label}
    labelled = labelled and roles.label is None
    unused = [
        c.shown + (_TOO_MANY if labelled and c.many else "")
        for c in columns
        if c.index not in used and not c.empty
    ]
    if len(unused) > 4:
        unused = [*unused[:3], f"{len(unused) - 3} more columns"]
    return text + (f"; not used: {', '.join(unused)}" if unused else "")


def _without_numbers(cells: Cells) -> str:
    parts = cells.parts
    if len(parts.names) < 2:
        return f"{cells.name} holds no rows of numbers; choose a file with rows x, y."
    others = either([name for name in parts.names if name != parts.taken])
    return (
        f"The {parts.what} “{parts.taken}” of {cells.name} holds no rows of numbers; choose "
        f"{others}, or a file with rows x, y."
    )


def layout_of(cells: Cells, options: Options) -> Layout:
    """How a table is understood with these options."""
    head = cells.head(options)
    if head.width > MOST_COLUMNS:
        raise Invalid(too_wide(cells.name, head.width))
    columns = columns_of(head)
    if not head.rows or (not any(c.numeric for c in columns) and len(head.rows) < 2):
        raise Invalid(_without_numbers(cells))
    layout = Layout(cells.name, head, columns, options, notes=cells.notes, parts=cells.parts)
    try:
        roles = roles_of(columns, cells.name, options.x, options.y, options.label)
    except Invalid as error:
        return replace(layout, problem=str(error))
    if is_turned(head) and roles.doubts:
        rows = f"{len(head.rows)} rows of {head.width} columns look turned round"
        roles = replace(roles, doubts=(f"{rows}: transpose it, so that each row is a point",))
    return replace(layout, roles=roles)
