"""Group `sampling`: whole bundles against the machine's ceiling, their accuracy and size."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

import numpy as np
import torch

from flowlab.bench.contenders import OURS, Contender, FlowLab, make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.machine import all_threads, gflops
from flowlab.bench.report import Goal, Row, Rows, at_most
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.solver import Solver
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.trajectories import trajectories
from flowlab.run import Run

TRAINED = 1.0  # seconds of training of the network that is followed
_TIMES, _FOLLOWED = 100, 1000  # times and particles at which paths are compared
_STAGES = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}  # evaluations a step


def rows(effort: Effort) -> Rows:
    """Bundles of the default solver and network, trained for a second on 8 Gaussians.

    They are computed as for the window, without lattice and field, and kept in 16 bits a number.

    A step of a particle is one step of the solver. The share of the ceiling counts the network's
    matrix products alone, against torch.mm at 2048^3 on as many threads, measured here and now.
    The path error is the largest, over 101 times, of the rms distance to a reference of 1000 RK4
    steps (200 in a quick run), over the rms radius; it includes storing and interpolating.
    """
    run = trained_run()
    yield from _accuracy(run, effort.reference)
    for threads in sorted({1, all_threads()}):
        ceiling = gflops(threads)
        said = f"{threads} thread{'s' * (threads > 1)}"
        yield Row(f"torch.mm 2048^3, {said}", ceiling, "GFLOP/s")
        for count in effort.counts:
            spent = bundle_seconds(run, count, threads, 1 if count > 100_000 else effort.rounds)
            name = f"bundle of {count:,}, {said}"
            yield Row(name, spent, "s", _goal(count, threads))
            work = count * run.document.solver.steps
            yield Row(f"{name}: particles x steps", 1e-6 * work / spent, "M/s")
            share = 1e-9 * work * _flops(run) / spent / ceiling
            yield Row(f"{name}: share of the ceiling", 100 * share, "%")


@functools.cache
def trained_run(document: Document | None = None) -> Run:
    """A document's network after a second; FlowLab's default on 8 Gaussians, unless given."""
    document = preset("eight_gaussians") if document is None else document
    contender: Contender = make_ours(document, name=OURS)
    contender.train_until(TRAINED)
    assert isinstance(contender.loop, FlowLab)
    return Run(document=document, weights=contender.loop.trainer.weights())


def bundle(run: Run, count: int, steps: int = 0, workers: int = 1) -> Bundle:
    """The window's bundle, by the document's solver or by RK4 with `steps` steps."""
    document = replace(run.document, view=replace(run.document.view, particles=count))
    if steps:
        document = replace(document, solver=Solver(method="rk4", steps=steps))
    options = PlanOptions(lattice=False, field=False, workers=workers)
    return trajectories(document, run.field, options).compact()


def bundle_seconds(run: Run, count: int, threads: int, repeats: int, steps: int = 0) -> float:
    """Median time of computing a bundle."""
    spans = []
    with threads_used(1):  # of each operation; the particles are shared out instead
        bundle(run, min(count, 5000), steps, threads)
        for _ in range(repeats):
            start = time.perf_counter()
            bundle(run, count, steps, threads)
            spans.append(time.perf_counter() - start)
    return median(spans)


def _goal(count: int, threads: int) -> Goal | None:
    if (count, threads) == (20_000, 1):
        return at_most(0.2)
    return at_most(4.0) if count == 1_000_000 and threads > 1 else None


def _flops(run: Run) -> float:
    """Floating-point operations of the layers, for one particle and one step."""
    layers = [v.shape for name, v in run.weights.arrays.items() if name.endswith(".weight")]
    once = sum(2 * shape[0] * shape[1] for shape in layers if len(shape) == 2)
    return float(once * _STAGES.get(run.document.solver.method, 6))


def _accuracy(run: Run, reference: int) -> Rows:
    drawn = bundle(run, _FOLLOWED)
    errors = path_errors(run, drawn, reference)
    yield Row("path error of a bundle", 100 * max(errors), "%", at_most(0.05))
    yield Row("path error of a bundle at t = 1", 100 * errors[-1], "%")
    yield Row("memory of 20,000 particles", bundle(run, 20_000).nbytes / 1e6, "MB")


def path_errors(run: Run, drawn: Bundle, steps: int) -> list[float]:
    """RMS distance to a reference solution, relative to the rms radius, at t = 0, 0.01, ..., 1."""
    x = torch.from_numpy(np.array(drawn.at(0.0), np.float32))
    errors = []
    for i, exact in enumerate(_reference(run, x, steps)):
        if i % (steps // _TIMES) == 0:
            there = exact.double().numpy()
            off = np.square(there - drawn.at(i / steps)).sum()
            errors.append(float(np.sqrt(off / np.square(there).sum())))
    return errors


def _reference(run: Run, x: torch.Tensor, steps: int) -> Iterator[torch.Tensor]:
    """Classical RK4 with many steps, x included."""
    h, v = 1 / steps, run.field.velocity
    yield x
    for i in range(steps):
        t = i * h
        k1 = v(x, t)
        k2 = v(x + h / 2 * k1, t + h / 2)
        k3 = v(x + h / 2 * k2, t + h / 2)
        k4 = v(x + h * k3, t + h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        yield x
