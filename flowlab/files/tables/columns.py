"""Which columns of a table are x, y and the class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import CLASSES
from flowlab.files.tables.dialect import Head, numeric_columns
from flowlab.files.tables.numbers import is_missing, number

Which = str | int | bool | None  # a column: its name, its number from 1, False for none, None: find

_PAIRS = (
    ("x", "y"), ("x1", "x2"), ("x0", "x1"), ("x_1", "x_2"), ("x_0", "x_1"), ("x[0]", "x[1]"),
    ("pos_x", "pos_y"), ("x_pos", "y_pos"), ("px", "py"), ("u", "v"), ("0", "1"),
    ("lon", "lat"), ("lng", "lat"), ("longitude", "latitude"),
)  # fmt: skip
CLASS_NAMES = (
    "class", "classes", "label", "labels", "target", "category", "cluster", "group", "species",
    "c", "y", "klasse", "classe", "clase",
)  # fmt: skip
_INDEX = {
    "",
    "index",
    "unnamed: 0",
    "id",
    "idx",
    "i",
    "n",
    "nr",
    "no",
    "no.",
    "#",
    "row",
    "rownames",
}
_MANY_CLASSES = (
    f"{{}} holds more than {CLASSES} classes, and at most {CLASSES} can be shown: merge some, or "
    "read the points without them (label False; on the command line none)"
)
_MOST_SHOWN = 4
_NUMBERED = re.compile(r"(?:col(?:umn)?\.?\s*)?([0-9]{1,6})", re.IGNORECASE)
_QUOTES = str.maketrans("", "", '“”"')


@dataclass(frozen=True)
class Roles:
    """The indices of the columns, and what was thought about it."""

    x: int
    y: int
    label: int | None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """What the head of a table says about one of its columns."""

    index: int
    name: str  # empty without a header
    numeric: bool
    few: bool  # at most as many different words or whole numbers as there may be classes
    many: bool  # more of them than there may be classes, most of them several times
    whole: bool  # whole numbers
    counts: bool  # 0, 1, 2, ... or 1, 2, 3, ...
    empty: bool
    headed: bool  # False in a table without a header
    title: str = ""  # how sentences call it, where not by its name or number

    @property
    def shown(self) -> str:
        """How sentences call it."""
        return self.title or (f"“{self.name}”" if self.name else f"column {self.index + 1}")

    def is_called(self, words: str) -> bool:
        """True for its name, in any case, and for how sentences call it."""
        said = words.strip().casefold()
        named = bool(said) and said == self.name.casefold()
        return named or _unquoted(said) == _unquoted(self.shown)

    @property
    def is_index(self) -> bool:
        """True for the numbers or names of rows, as tables carry them under such a name."""
        known = self.headed and self.name.casefold() in _INDEX
        return known and (self.counts or not (self.numeric or self.few))


def _unquoted(words: str) -> str:
    return words.translate(_QUOTES).strip().casefold()


def columns_of(head: Head) -> tuple[Column, ...]:
    """The columns of a table."""
    numeric = set(numeric_columns(head.rows, head.width, head.decimal))
    names = head.names or ("",) * head.width
    return tuple(
        _column(k, names[k], [row[k] for row in head.rows], k in numeric, head)
        for k in range(head.width)
    )


def _column(k: int, name: str, cells: Sequence[str], numeric: bool, head: Head) -> Column:
    present = [cell.strip() for cell in cells if not is_missing(cell)]
    values = [number(cell, head.decimal) for cell in present] if numeric else []
    whole = bool(values) and all(v is not None and v == round(v) for v in values if _finite(v))
    kinds, discrete = len(set(present)), whole or not numeric
    few = 0 < kinds <= CLASSES and discrete
    many = kinds > CLASSES and discrete and 2 * kinds <= len(present)
    first = values[0] if values else None
    counts = whole and first in (0, 1) and values == [first + i for i in range(len(values))]
    counts = counts and len(values) > 1
    headed, title = bool(head.names), head.titles[k] if head.titles else ""
    return Column(k, name, numeric, few, many, whole, counts, not present, headed, title)


def _finite(value: float | None) -> bool:
    return value is not None and abs(value) < 1e300


def roles_of(
    columns: Sequence[Column], name: str, x: Which = None, y: Which = None, label: Which = None
) -> Roles:
    """The columns that are wanted, or else those that the names and contents suggest."""
    x_, y_, class_ = (_wanted(columns, which, name) for which in (x, y, label or None))
    if x_ is None or y_ is None:
        x_, y_, doubts = _found(columns, name, x_, y_, class_)
    else:
        doubts = ()
    if x_ == y_:
        raise Invalid(f"x and y of {name} must be two columns, not both {columns[x_].shown}.")
    if label is not None:
        return Roles(x_, y_, class_, doubts)
    class_, doubt = _label(columns, {x_, y_})
    return Roles(x_, y_, class_, (*doubts, doubt) if doubt else doubts)


def _wanted(columns: Sequence[Column], which: Which, name: str) -> int | None:
    if which is None:
        return None
    if isinstance(which, str):
        named = sorted((c for c in columns if c.is_called(which)), key=lambda c: not c.name)
        if named:
            return named[0].index
    numbered = None if isinstance(which, bool) else _NUMBERED.fullmatch(str(which).strip())
    if numbered and 1 <= int(numbered[1]) <= len(columns):
        return int(numbered[1]) - 1
    known = [c.name or str(c.index + 1) for c in columns[:12]]
    more = ", …" if len(columns) > 12 else ""
    raise Invalid(f"{name} has no column {str(which)[:40]!r}; it has {', '.join(known)}{more}.")


def _found(
    columns: Sequence[Column], name: str, x: int | None, y: int | None, label: int | None
) -> tuple[int, int, tuple[str, ...]]:
    """x and y where one or both are not given, and what is doubtful about them."""
    pair = _named_pair(columns) if x is None and y is None else None
    if pair is not None and label not in pair:
        return *pair, ()
    free = [c for c in columns if c.numeric and not c.is_index and c.index not in (x, y, label)]
    if label is None and (named := _named_class(free)) and len(free) > 2:
        free = [c for c in free if c is not named]
    need = 2 - (x is not None) - (y is not None)
    chosen, doubts = _chosen(free, need, label)
    if len(free) < need:
        chosen = [c.index for c in columns if c.numeric and c.index not in (x, y, label)]
        doubts = ("one column of numbers seems to number the rows",)
        if len(chosen) < need:
            raise Invalid(_too_few(columns, name))
    rest = iter(chosen)
    return next(rest) if x is None else x, next(rest) if y is None else y, doubts


def _chosen(
    free: Sequence[Column], need: int, label: int | None
) -> tuple[list[int], tuple[str, ...]]:
    """Of the columns of numbers, those for x and y; doubtful where there are more than two."""
    numbers = [c.index for c in free]
    if len(free) <= need:
        return numbers, ()
    nameless = not free[0].headed
    if need == 2 and len(free) == 3 and label is None:
        first, _, last = free
        if nameless and first.counts:
            if not last.few:
                return numbers[1:], ()
            return numbers[:2], ("the first column may be x or the numbers of the rows",)
        if last.few:
            return numbers[:2], ()
        if last.many and nameless:  # said with the class
            return numbers[:2], ()
    shown = ", ".join(c.shown for c in free[:_MOST_SHOWN])
    more = ", …" if len(free) > _MOST_SHOWN else ""
    return numbers[:need], (f"{len(free)} columns hold numbers ({shown}{more})",)


def _named_pair(columns: Sequence[Column]) -> tuple[int, int] | None:
    names = {c.name.casefold(): c.index for c in reversed(columns) if c.numeric}
    return next(((names[a], names[b]) for a, b in _PAIRS if a in names and b in names), None)


def _named_class(columns: Sequence[Column]) -> Column | None:
    by_name = {c.name.casefold(): c for c in reversed(columns) if c.few}
    return next((by_name[name] for name in CLASS_NAMES if name in by_name), None)


def _label(columns: Sequence[Column], taken: set[int]) -> tuple[int | None, str]:
    """The class by its name, or the only column that may be one; else what is doubtful."""
    free = [c for c in columns if c.index not in taken and not c.empty and not c.is_index]
    if named := _named_class(free):
        return named.index, ""
    if many := [c for c in free if _holds_too_many(c)]:
        return None, _MANY_CLASSES.format(many[0].shown)
    few = [c for c in free if c.few and not c.counts] or [c for c in free if c.few]
    likely = [c for c in few if not c.numeric] or few
    if len(likely) > 1:
        return None, f"the class may be {' or '.join(c.shown for c in likely[:_MOST_SHOWN])}"
    return (likely[0].index if likely else None), ""


def _holds_too_many(column: Column) -> bool:
    """True for what is called a class, or can be nothing else, but is none because of its size."""
    if not column.headed:
        return column.many
    named = column.name.casefold() in CLASS_NAMES
    return named and not column.few and (column.many or column.whole)


def _too_few(columns: Sequence[Column], name: str) -> str:
    count = sum(c.numeric and not c.is_index for c in columns)
    what = "one column of numbers" if count == 1 else "no column of numbers"
    many = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
    return f"{name} has {what} ({many} in all); a cloud needs two, x and y."
