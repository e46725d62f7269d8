"""Group `learned_score`: how soon a learned score between walls carries particles to the data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import torch

from flowlab.bench.effort import Effort
from flowlab.bench.floors import Floors
from flowlab.bench.report import Goal, Row, Rows, at_most
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.domains import kernel
from flowlab.core.domains.clipped import drawn_inside
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer, warm_up
from flowlab.core.reflected.script import sample_between
from flowlab.core.reflected.settings import Reflected
from flowlab.core.solvers.threads import threads_used

_POINTS, _STEPS, _ENOUGH = 5000, 200, 1.5
_LOOKS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)  # seconds of training
_PROBLEMS: dict[str, tuple[str, Reflected, Goal]] = {
    "checkerboard in a square": ("checkerboard", Reflected(width=8.0), at_most(2)),
    "rings in a disc": ("rings", Reflected(walls="disc", width=7.0, clip=True), at_most(2)),
    "moons in a triangle": (
        "moons", Reflected(walls="equilateral", width=9.0, clip=True), at_most(2),
    ),
    "text in a star": ("text", Reflected(walls="drawn", clip=True), at_most(5)),
}  # fmt: skip


def rows(effort: Effort) -> Rows:
    """Seconds of training, in one thread, to 1.5 times the distance of fresh samples.

    In sliced W2 and energy distance of 5,000 particles, by 200 reflected steps; the exact score by
    the same steps stands beside it. The walls' kernel is there already.
    """
    del effort
    warm_up()
    with threads_used(1):
        for name, (target, settings, goal) in _PROBLEMS.items():
            document = Document(
                target=named(target), network=Network(predicts=BETWEEN_WALLS), reflected=settings
            )
            kernel(walls_of(settings))
            yield from _learned(name, document, goal)


def _learned(name: str, document: Document, goal: Goal) -> Iterator[Row]:
    yield Row(f"{name}: exact score", _ratio(document, None), "x floor")
    trainer, reached = Trainer(document), None
    for seconds in _LOOKS:
        while trainer.seconds < seconds:
            trainer.advance(16)
        ratio = _ratio(document, trainer)
        if ratio <= _ENOUGH:
            reached = trainer.seconds
            break
    beyond = None if reached is not None else _LOOKS[-1]
    yield Row(f"{name}: to 1.5 x floor", reached, "s", goal, beyond=beyond)
    yield Row(f"{name}: steps by then", trainer.step, "")
    yield Row(f"{name}: then at", ratio, "x floor")


def _ratio(document: Document, trainer: Trainer | None) -> float:
    """The worse of both distances over that of fresh samples, each in the mean of several."""
    learned = None if trainer is None else field_of(document, trainer.weights())
    bundle = sample_between(document, _POINTS, "reflected_euler", _STEPS, 0, learned=learned)
    return _floors(document).ratio(torch.from_numpy(bundle.points[-1].copy()))


@lru_cache(maxsize=1)
def _floors(document: Document) -> Floors:
    domain, shape = walls_of(document.reflected), build(document.target)
    return Floors.of(lambda rng: drawn_inside(shape, domain, _POINTS, rng)[0])
