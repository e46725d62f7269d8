"""What a window may ask an engine, and who answers: one table, which imports no torch.

A new kind of question is a frozen dataclass, which is a `Query`, and a row of `QUERIES`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.query import Probe, Query, Reflow, Samples

if TYPE_CHECKING:
    from flowlab.work.model import Model

A = TypeVar("A", covariant=True)
Slot = tuple[type[Query[Any]], Hashable]  # of two answers in one slot the newer alone is of use


@dataclass(frozen=True, eq=False)
class Asked:
    """A question on its way, with the number that its answer will carry."""

    number: int
    query: Query[Any]


@dataclass(frozen=True, eq=False)
class Answer(Generic[A]):
    """What was found, with the question and its number."""

    number: int
    query: Query[A]
    value: A


@dataclass(frozen=True, eq=False)
class Known:
    """What a handler may look at: the document as it is wanted, and two networks."""

    document: Document | None
    model: Model | None  # the newest
    seen: Model | None  # that a person looks at: the newest, or one of an earlier step


# Raises `Superseded` or `Cancelled` where there is no answer, `Invalid` with a sentence for people.
Handler = Callable[[Known, Any, Callable[[], bool], Callable[[float], None]], Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """All that the rest of the program must know of one kind of question."""

    query: type[Query[Any]]
    handler: str  # module:function, imported when first asked: (known, query, cancelled, progress)
    lane: str  # the thread it is answered in
    title: str  # of a sentence about its failure
    newest: bool = True  # a newer one replaces an older
    keyed_by: str = ""  # the field that tells those apart which do not replace each other
    lasting: bool = False  # is of no document: another one that is opened leaves it alone
    again: bool = False  # is asked once more of a new process after one is lost
    shown: bool = False  # its progress is in the status
    rests: bool = False  # training rests meanwhile

    def __post_init__(self) -> None:
        if self.again and not self.newest:
            raise ValueError("What is asked once more must be replaced by newer ones.")

    def answer(self) -> Handler:
        """The handler itself."""
        found: Handler = pkgutil.resolve_name(self.handler)
        return found

    def slot(self, asked: Asked | Answer[Any]) -> Slot:
        """Where its answer is found: one place for a kind, or one for each key or number."""
        key = getattr(asked.query, self.keyed_by) if self.keyed_by else None
        return self.query, key if self.newest else asked.number


QUERIES = (
    Row(
        query=Probe,
        handler="flowlab.work.looking:follow",
        lane="probing",
        title="The path",
        again=True,
    ),
    Row(
        query=LensQuery,
        handler="flowlab.work.looking:look",
        lane="looking",
        title="The lens",
        again=True,
    ),
    Row(
        query=Samples,
        handler="flowlab.work.thumbnails:samples",
        lane="thumbnails",
        title="The thumbnail",
        keyed_by="key",
        lasting=True,
        again=True,
    ),
    Row(
        query=Reflow,
        handler="flowlab.work.reflowing:reflow",
        lane="reflowing",
        title="The reflow",
        shown=True,
        rests=True,
    ),
)

Table = tuple[Row, ...]


def row_of(table: Table, kind: type[Query[Any]]) -> Row:
    """The row of a kind of question; raises `Invalid` where there is none."""
    for row in table:
        if row.query is kind:
            return row
    raise Invalid(f"No engine answers a {kind.__name__}.")
