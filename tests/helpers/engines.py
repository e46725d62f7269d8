"""A document that an engine shows and trains at once, and pictures to wait for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

from flowlab.core.document.document import Document, Network, Solver, Training, View
from flowlab.core.document.shapes import Gaussian
from flowlab.core.views.bundle import Bundle
from flowlab.work.engine import Engine
from tests.helpers.waiting import until

SMALL = Document(
    source=Gaussian(),
    target=Gaussian(offset_x=2.0),
    network=Network(width=8, depth=1),
    training=Training(batch=32, learning_rate=1e-2),
    solver=Solver(method="euler", steps=2),
    view=View(particles=40, highlighted=0),
)


def found(engine: Engine, right: Callable[[Bundle], bool]) -> Bundle:
    """The first bundle that is right."""

    def newest() -> Bundle | None:
        bundle = engine.newest()
        return bundle if bundle is not None and right(bundle) else None

    bundle = until(newest)
    assert bundle is not None
    return bundle


def pid_of_engine() -> int:
    """Of the one process that an engine has of its own."""
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    return process.pid
