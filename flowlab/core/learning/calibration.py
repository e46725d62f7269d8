"""How fast this machine trains and samples, measured for each device and number of threads."""

from __future__ import annotations

import functools
import math
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.network import Network
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import Training
from flowlab.core.learning.field import LearnedVelocity, rows
from flowlab.core.learning.trainer import Trainer, warm_up
from flowlab.core.solvers.ode import integrate

SIZES = ((48, 240), (128, 1024), (256, 1024))  # width and batch of the networks measured
SECONDS = 1.0  # for all measurements together
_POINTS = 20_000  # particles of one measured solver step
_BETTER = 0.9  # of the time: more threads or a GPU must save at least a tenth


@dataclass(frozen=True)
class Place:
    """A device and a number of threads."""

    device: str
    threads: int


@dataclass(frozen=True)
class Timing:
    """Seconds per training step, or per solver step for `batch` particles, at a place."""

    width: int
    batch: int
    device: str
    threads: int
    seconds: float

    @property
    def place(self) -> Place:
        """Where it was measured."""
        return Place(self.device, self.threads)


@dataclass(frozen=True)
class Calibration:
    """The timings of one machine."""

    machine: str
    training: tuple[Timing, ...]
    sampling: tuple[Timing, ...]

    def for_training(self, network: Network, batch: int, *, spare: int = 0) -> Place:
        """Where to train a network fastest, leaving `spare` cores free."""
        size = min(
            SIZES, key=lambda size: abs(math.log(_work(*size) / _work(network.width, batch)))
        )
        return _best([t for t in self.training if (t.width, t.batch) == size], spare)

    def for_sampling(self) -> Place:
        """How many CPU threads to integrate particles on."""
        return _best([t for t in self.sampling if t.device == "cpu"], 0)


def _work(width: int, batch: int) -> float:
    """Arithmetic operations of a step, up to a constant factor."""
    return batch * width * width


def _best(timings: list[Timing], spare: int) -> Place:
    """The fastest place; the simplest one unless another saves at least a tenth of the time."""
    most = max(1, _cores() - spare)
    allowed = [t for t in timings if t.threads <= most or t.device != "cpu"]
    best = allowed[0]
    for timing in allowed[1:]:
        if timing.seconds < _BETTER * best.seconds:
            best = timing
    return best.place


def _cores() -> int:
    return os.cpu_count() or 1


def machine() -> str:
    """What a calibration is valid for: processor, cores, GPUs and torch version."""
    cards = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    cards += ["Apple GPU"] if torch.backends.mps.is_available() else []
    parts = [platform.machine(), platform.processor(), f"{_cores()} cores", *cards]
    return ", ".join(filter(None, [*parts, f"torch {torch.__version__}"]))


def measured(seconds: float = SECONDS) -> Calibration:
    """Measure this machine; torch's number of threads is restored afterwards."""
    threads = torch.get_num_threads()
    warm_up()
    places = list(_places())
    each = seconds / (len(places) * (len(SIZES) + 1))
    try:
        training = [_trained(*size, place, each) for size in SIZES for place in places]
        sampling = [_sampled(place, each) for place in places]
    finally:
        torch.set_num_threads(threads)
    return Calibration(machine(), tuple(training), tuple(sampling))


def _places() -> Iterator[Place]:
    """All places, simplest first: one thread, more threads, GPUs."""
    cores = _cores()
    for threads in sorted({1, 2, 4, 8, cores - 1, cores} & set(range(1, cores + 1))):
        yield Place("cpu", threads)
    if torch.cuda.is_available():
        yield Place("cuda", 1)
    if torch.backends.mps.is_available():
        yield Place("mps", 1)


def _document(width: int, batch: int) -> Document:
    return Document(network=Network(width=width, waves="off"), training=Training(batch=batch))


def _trained(width: int, batch: int, place: Place, seconds: float) -> Timing:
    torch.set_num_threads(place.threads)
    trainer = Trainer(_document(width, batch), device=place.device)
    each = _timed(lambda: trainer.advance(2), seconds) / 2  # a block ends with a host sync
    return Timing(width, batch, place.device, place.threads, each)


def _sampled(place: Place, seconds: float) -> Timing:
    torch.set_num_threads(1)  # chunks are distributed over threads instead
    document = _document(*SIZES[0])
    field = LearnedVelocity(document.network, Trainer(document).weights(), place.device)
    x = build(document.source).sample(_POINTS, torch_rng(0, Stream.CALIBRATION))
    chunk = min(rows(field.device), math.ceil(_POINTS / place.threads))
    step = functools.partial(
        integrate, field.velocity, x, Solver(steps=1), chunk=chunk, workers=place.threads
    )
    each = _timed(step, seconds)  # includes the copy to the host
    return Timing(SIZES[0][0], _POINTS, place.device, place.threads, each)


def _timed(call: Callable[[], object], seconds: float) -> float:
    """The shortest time of several calls; the first one counts only if there is no other."""
    spans, end = list[float](), time.perf_counter() + seconds
    while not spans or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        spans.append(time.perf_counter() - start)
    return min(spans[1:] or spans)
