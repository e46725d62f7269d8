"""A document that an engine shows and trains at once, and pictures to wait for."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.shapes import Gaussian, Stroke
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.learning.weights import Weights
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


def shown(engine: Engine, document: Document) -> int:
    """Apply a document and wait for a bundle of its own; its revision."""
    before = engine.newest()
    engine.apply(document)
    until(lambda: engine.newest() is not before)
    bundle = engine.newest()
    assert bundle is not None
    return bundle.revision


def in_use(engine: Engine) -> Weights | None:
    """The newest weights, the raw ones among them."""
    model = engine._present.model
    return None if model is None else model.weights


def settled(engine: Engine) -> None:
    """Wait until the training thread has done all it was told, and the others too."""
    reached = threading.Event()
    engine._training._worker.post(reached.set)
    assert reached.wait(20)
    until(lambda: not engine._pictures.busy and not engine._measuring.busy)


def trained(engine: Engine, steps: int = 30) -> None:
    """Train for some steps, and pause."""
    engine.train()
    until(lambda: engine.status().step >= steps)
    engine.pause()
    until(lambda: engine.status().state == "paused")


def stroke(x: float) -> Stroke:
    """A short stroke that begins at this x."""
    return Stroke(path=Array([[x, 0.0, 1.0], [x + 1.0, 1.0, 1.0]]), size=1.0)
