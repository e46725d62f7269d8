"""Group `sampling`: whole bundles against the machine's ceiling, their accuracy and size."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import torch

from flowlab.bench.contenders import OURS, Contender, FlowLab, make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.machine import all_threads, gflops, threads_used
from flowlab.bench.report import Goal, Row, Rows, at_most
from flowlab.core.bundle import Bundle
from flowlab.core.document import Solver
from flowlab.core.gallery import preset
from flowlab.run import Run, sample

TRAINED = 1.0  # seconds of training of the network that is followed
_REFERENCE_STEPS, _TIMES, _FOLLOWED = 1000, 100, 1000
_STAGES = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}  # evaluations a step


def rows(effort: Effort) -> Rows:
    """Bundles of the default solver and network, trained for a second on 8 Gaussians.

    A step of a particle is one step of the solver. The share of the ceiling counts the network's
    matrix products alone, against torch.mm at 2048^3 on as many threads, measured here and now.
    The path error is the largest, over 101 times, of the rms distance to a reference of 1000 RK4
    steps, over the rms radius; it includes storing and interpolating.
    """
    run = trained_run()
    yield from _accuracy(run)
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


def trained_run() -> Run:
    """FlowLab's default after a second on 8 Gaussians."""
    document = preset("eight_gaussians")
    contender: Contender = make_ours(document, name=OURS)
    contender.train_until(TRAINED)
    assert isinstance(contender.loop, FlowLab)
    return Run(document=document, weights=contender.loop.trainer.weights())


def bundle_seconds(run: Run, count: int, threads: int, repeats: int, steps: int = 0) -> float:
    """Median time of sampling a bundle."""
    solver = run.document.solver if not steps else Solver(method="rk4", steps=steps)
    spans = []
    with threads_used(threads):
        sample(run, min(count, 5000), solver, 0)
        for _ in range(repeats):
            start = time.perf_counter()
            sample(run, count, solver, 0)
            spans.append(time.perf_counter() - start)
    return median(spans)


def _goal(count: int, threads: int) -> Goal | None:
    if (count, threads) == (20_000, 1):
        return at_most(0.2)
    return at_most(4.0) if count == 1_000_000 and threads > 1 else None


def _flops(run: Run) -> float:
    """Of the layers, for one particle and one step."""
    layers = [v.shape for name, v in run.weights.arrays.items() if name.endswith(".weight")]
    once = sum(2 * shape[0] * shape[1] for shape in layers if len(shape) == 2)
    return float(once * _STAGES.get(run.document.solver.method, 6))


def _accuracy(run: Run) -> Rows:
    bundle = sample(run, _FOLLOWED, run.document.solver, 0)
    yield Row("path error of a bundle", 100 * path_error(run, bundle), "%", at_most(0.05))
    yield Row("memory of 20,000 particles", 20_000 * bundle.nbytes / _FOLLOWED / 1e6, "MB")


def path_error(run: Run, bundle: Bundle) -> float:
    """Largest rms distance to a 1000-step reference, over rms radius, at times 0, 0.01 ... 1."""
    x = torch.from_numpy(np.array(bundle.at(0.0), np.float32))
    every, worst = _REFERENCE_STEPS // _TIMES, 0.0
    for i, exact in enumerate(_reference(run, x)):
        if i % every == 0:
            off = np.square(exact.numpy() - bundle.at(i / _REFERENCE_STEPS)).sum()
            worst = max(worst, float(np.sqrt(off / np.square(exact.numpy()).sum())))
    return worst


def _reference(run: Run, x: torch.Tensor) -> list[torch.Tensor]:
    h, v, points = 1 / _REFERENCE_STEPS, run.field.velocity, [x]
    for i in range(_REFERENCE_STEPS):
        t = i * h
        k1 = v(x, t)
        k2 = v(x + h / 2 * k1, t + h / 2)
        k3 = v(x + h / 2 * k2, t + h / 2)
        k4 = v(x + h * k3, t + h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        points.append(x)
    return points
