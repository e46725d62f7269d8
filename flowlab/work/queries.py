"""The table of questions to an engine and their handlers; it imports no torch.

A new kind of question is a frozen dataclass that inherits from `Query`, and a row of `QUERIES`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.reflected.outside import OutsideQuery
from flowlab.core.views.density_map import DensityQuery, InterpolantQuery
from flowlab.core.views.lens import LensQuery
from flowlab.core.views.query import Probe, Query, Reflow, Samples, Settled

if TYPE_CHECKING:
    from flowlab.work.model import Model

A = TypeVar("A", covariant=True)
Slot = tuple[type[Query[Any]], Hashable]  # of two answers in one slot only the newer is used


@dataclass(frozen=True, eq=False)
class Asked:
    """A question on its way, with the number that its answer will carry."""

    number: int
    query: Query[Any]


@dataclass(frozen=True, eq=False)
class Answer(Generic[A]):
    """The answer, with its question and number."""

    number: int
    query: Query[A]
    value: A


@dataclass(frozen=True, eq=False)
class Known:
    """What a handler may read: the document as it is wanted, and two networks."""

    document: Document | None
    model: Model | None  # the newest
    seen: Model | None  # the one shown: the newest, or that of an earlier step
    revision: Callable[[], int | None] = lambda: 0  # of the picture; None while one is due


# Raises `Superseded` or `Cancelled` where there is no answer, `Invalid` with a sentence for people.
Handler = Callable[[Known, Any, Callable[[], bool], Callable[[float], None]], Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of question: all that the rest of the program must know of it."""

    query: type[Query[Any]]
    handler: str  # module:function, imported when first asked: (known, query, cancelled, progress)
    lane: str  # the thread it is answered in
    title: str  # the subject of the sentence about its failure
    newest: bool = True  # True if a newer question replaces an older one
    keyed_by: str = ""  # the field by which questions differ that don't replace each other
    lasting: bool = False  # True if it depends on no document, and survives opening another
    again: bool = False  # True if it is asked again of a new process after one is lost
    shown: bool = False  # True if its progress is in the status
    rests: bool = False  # True if training rests meanwhile

    def __post_init__(self) -> None:
        if self.again and not self.newest:
            raise ValueError("What is asked once more must be replaced by newer ones.")

    def answer(self) -> Handler:
        """The handler itself."""
        handler: Handler = pkgutil.resolve_name(self.handler)
        return handler

    def slot(self, asked: Asked | Answer[Any]) -> Slot:
        """The slot of its answer: one for the kind, or one for each key or number."""
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
        query=DensityQuery,
        handler="flowlab.work.densities:density",
        lane="densities",
        title="The density",
        keyed_by="key",
        lasting=True,
        again=True,
    ),
    Row(
        query=InterpolantQuery,
        handler="flowlab.work.densities:interpolant",
        lane="interpolants",
        title="The density of the exact flow",
        lasting=True,
        again=True,
        shown=True,
    ),
    Row(
        query=OutsideQuery,
        handler="flowlab.work.walls:outside",
        lane="walls",
        title="What lies outside the walls",
        lasting=True,
        again=True,
    ),
    Row(
        query=Settled,
        handler="flowlab.work.settling:settled",
        lane="settling",
        title="The picture",
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
