"""FlowLab and its peers behind one interface, each timed by a clock of its own training."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Protocol

from flowlab.bench.machine import all_threads
from flowlab.bench.peers import PEERS, Peer
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.shapes import Gaussian
from flowlab.core.learning.trainer import Trainer, warm_up
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.threads import threads_used
from flowlab.run import Run

OURS = "FlowLab default"
_BLOCK = 8  # steps of FlowLab between two looks at the clock
_TRIAL = 0.03  # seconds that a trial of so many threads may take


class Loop(Protocol):
    """A training loop that can be advanced and evaluated."""

    def advance(self, block: int = ...) -> object:
        """Train for so many steps."""

    @property
    def field(self) -> Field:
        """The velocity under the present weights."""


class FlowLab:
    """The product's own trainer; its field is that of the weights that are drawn."""

    def __init__(self, document: Document, seed: int = 0) -> None:
        self.document = document
        self.trainer = Trainer(document, device="cpu", seed=seed)

    def advance(self, block: int = _BLOCK) -> None:
        """Train for `block` steps."""
        self.trainer.advance(block)

    @property
    def field(self) -> Field:
        """The field of the averaged weights."""
        return Run(document=self.document, weights=self.trainer.weights()).field


class Contender:
    """A loop on a clock that runs while it is built and while it trains, and at no other time."""

    def __init__(
        self, name: str, make: Callable[[], Loop], *, threads: int, block: int = 1
    ) -> None:
        self.name, self.threads, self.block = name, threads, block
        self.seconds, self.steps = 0.0, 0
        with threads_used(threads):
            start = time.perf_counter()
            self.loop = make()
            self.seconds = time.perf_counter() - start

    def train_until(self, seconds: float) -> None:
        """Train until its clock shows at least so much."""
        with threads_used(self.threads):
            while self.seconds < seconds:
                start = time.perf_counter()
                self.loop.advance(self.block)
                self.seconds += time.perf_counter() - start
                self.steps += self.block

    def rate(self, seconds: float) -> float:
        """Train for about so long; steps a second of that stretch."""
        begun, steps = self.seconds, self.steps
        self.train_until(begun + seconds)
        return (self.steps - steps) / (self.seconds - begun)


def make_ours(
    document: Document, seed: int = 0, name: str = OURS, *, threads: int = 1
) -> Contender:
    """FlowLab on a document, on one thread unless more are asked for."""
    _prepare(document)
    return Contender(name, lambda: FlowLab(document, seed), threads=threads, block=_BLOCK)


def make_peer(kind: type[Peer], document: Document) -> Contender:
    """A peer on a document, on the better number of threads; see `refusal` first."""
    _prepare(document)
    return Contender(kind.name, lambda: kind(document), threads=best_threads(kind.name))


def _prepare(document: Document) -> None:
    """Build both ends and warm torch up, as an open program has before Train is pressed."""
    build(document.source), build(document.target)
    _warm_up_once()


@functools.cache
def _warm_up_once() -> None:
    warm_up()


def refusal(kind: type[Peer], document: Document) -> str:
    """Why a peer can't be run on a document; empty if it can."""
    if kind.standard_source and document.source != Gaussian():
        return "knows no source but N(0, I)"
    return ""


def peer_of(name: str) -> type[Peer]:
    """The peer of that name."""
    return next(kind for kind in PEERS if kind.name == name)


@functools.cache
def best_threads(name: str) -> int:
    """The number of threads for the peer of that name; see `faster_threads`."""
    return faster_threads(peer_of(name)(preset("eight_gaussians")))


def faster_threads(loop: Loop) -> int:
    """All threads where a step is a tenth faster with them, else 1; this also warms the loop up.

    Everyone who is not held to one core is given the better of the two, so that none suffers from
    a default.
    """
    start = time.perf_counter()
    loop.advance(1)
    steps = max(1, min(20, round(_TRIAL / (time.perf_counter() - start))))
    spans: dict[int, list[float]] = {}
    for count in (1, all_threads()) * 2:
        with threads_used(count):
            loop.advance(1)
            start = time.perf_counter()
            loop.advance(steps)
            spans.setdefault(count, []).append(time.perf_counter() - start)
    one, every = (min(spans[count]) for count in (1, all_threads()))
    return all_threads() if every < 0.9 * one else 1
