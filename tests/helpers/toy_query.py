"""A question of tests: a process of its own imports it by this file's name."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.query import Query
from flowlab.work.queries import Known, Row

FOREVER = 1_000_000


@dataclass(frozen=True)
class Count(Query[str]):
    """How far is it to a number?"""

    to: int


def count(
    known: Known, query: Count, cancelled: Callable[[], bool], progress: Callable[[float], None]
) -> str:
    if query.to < 0:
        raise RuntimeError("it is the wrong way\nand far")
    for k in range(query.to):
        if cancelled():
            raise Cancelled
        progress((k + 1) / query.to)
        time.sleep(0.005)
    return f"{query.to} steps, {known.document is not None}"


ROW = Row(
    query=Count,
    handler=f"{__name__}:count",
    lane="counting",
    title="The count",
    again=True,
    shown=True,
)
