"""A measured row, its goal, and how both are printed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any


@dataclass(frozen=True)
class Goal:
    """What a value must be at most, at least, or between."""

    low: float = -math.inf
    high: float = math.inf

    def met(self, value: float) -> bool:
        """True if `value` reaches the goal."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if math.isinf(self.low):
            return f"<= {figure(self.high)}"
        if math.isinf(self.high):
            return f">= {figure(self.low)}"
        return f"{figure(self.low)} to {figure(self.high)}"


def at_most(value: float) -> Goal:
    """A goal for what should be small."""
    return Goal(high=value)


def at_least(value: float) -> Goal:
    """A goal for what should be large."""
    return Goal(low=value)


@dataclass(frozen=True)
class Row:
    """One measured value; None where there is none, and then `beyond` or `note` says why.

    Rows with the same `about` are written as one table: a line for each `subject`, a column for
    each `name`.
    """

    name: str
    value: float | None
    unit: str = ""
    goal: Goal | None = None
    note: str = ""
    about: str = ""  # the target, say
    subject: str = ""  # who was measured
    beyond: float | None = None  # the value isn't reached within this
    failed: bool = False  # True for the row of a group that failed

    @property
    def met(self) -> bool | None:
        """True if the goal is reached; None without a goal."""
        if self.goal is None:
            return None
        return self.value is not None and self.goal.met(self.value)

    @property
    def cell(self) -> str:
        """The value as text, without a name."""
        if self.value is not None:
            return figure(self.value)
        return "-" if self.beyond is None else f"> {figure(self.beyond)}"

    @property
    def title(self) -> str:
        """The name with what it is about."""
        return ": ".join(part for part in (self.about, self.subject, self.name) if part)

    def line(self) -> str:
        """The row as one line of text."""
        value = f"{self.cell} {self.unit if self.cell != '-' else ''}".rstrip()
        verdict = ""
        if self.goal is not None:
            verdict = f"{'met' if self.met else 'NOT MET'} (goal {self.goal})"
        return f"{self.title:58s}  {value:>14s}  {verdict:26s}  {self.note}".rstrip()

    def facts(self) -> dict[str, Any]:
        """The row for JSON, which has no infinity."""
        facts = dataclasses.asdict(self)
        finite = self.value is not None and math.isfinite(self.value)
        goal = None if self.goal is None else str(self.goal)
        return facts | {"value": self.value if finite else None, "goal": goal, "met": self.met}


Rows = Iterator[Row]


def figure(value: float) -> str:
    """A number with three figures, in full below ten thousand million."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """Rows as text, each as soon as it is known; a table when its last row is."""
    for about, group in groupby(rows, lambda row: row.about):
        if about:
            yield from _table(about, list(group))
        else:
            yield from (row.line() for row in group)


def _table(about: str, rows: list[Row]) -> Iterator[str]:
    columns = list(dict.fromkeys(row.name for row in rows))
    widths = [max(len(name), 7) for name in columns]
    subjects = list(dict.fromkeys(row.subject for row in rows))
    cells = {(row.subject, row.name): row.cell for row in rows}
    first = max(map(len, (about, *subjects))) + 2
    head = "  ".join(f"{name:>{width}s}" for name, width in zip(columns, widths, strict=True))
    yield f"{about:{first}s}  {head}"
    for subject in subjects:
        row_cells = [cells.get((subject, name), "") for name in columns]
        body = "  ".join(f"{cell:>{width}s}" for cell, width in zip(row_cells, widths, strict=True))
        notes = ", ".join(dict.fromkeys(r.note for r in rows if r.subject == subject and r.note))
        yield f"{subject:>{first}s}  {body}  {notes}".rstrip()
    yield from (row.line() for row in rows if row.goal is not None)


def summary(rows: Iterable[Row]) -> str:
    """How many goals are met."""
    verdicts = [row.met for row in rows if row.met is not None]
    return f"{sum(verdicts)} of {len(verdicts)} goals met"
