"""`flowlab bench`: the numbers that FlowLab is held to, measured here and now."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from flowlab.commands.console import say, say_json
from flowlab.core.document import RECIPES, Document
from flowlab.core.gallery import preset, preset_names


@dataclass(frozen=True)
class Row:
    """One measured number, beside the goal it is held to if there is one."""

    name: str
    value: float | None
    unit: str
    goal: str = ""


Rows = Iterator[Row]


def command(args: argparse.Namespace) -> None:
    """Run every group of rows, printing each as it is known, or one JSON object at the end."""
    import torch

    torch.set_num_threads(1)
    found = []
    for group in GROUPS:
        for row in group(args.quick):
            found.append(row)
            if not args.json:
                say(_line(row))
    if args.json:
        say_json({"rows": [asdict(row) for row in found]})


def _line(row: Row) -> str:
    value = "not reached" if row.value is None else f"{row.value:.3g} {row.unit}".rstrip()
    return f"{row.name:52s} {value:>18s}  {row.goal}".rstrip()


def importing(quick: bool) -> Rows:
    """How long a fresh Python takes to import the package, and then all that trains."""
    for module in ("flowlab", "flowlab.work.engine"):
        yield Row(f"import {module}", _import_time(module, 1 if quick else 3), "s")


def _import_time(module: str, runs: int) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"

    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    return median(once() for _ in range(runs))


def starting(quick: bool) -> Rows:
    """The window from launch, each time in a fresh process."""
    from flowlab.ui.benchmark import measure_start_up

    goals = {"first frame": "< 1.0", "moving preset": "< 4"}
    for name, seconds in measure_start_up(1 if quick else 3).items():
        yield Row(f"launch to {name}", seconds, "s", goals.get(name, ""))


def playing(quick: bool) -> Rows:
    """The window playing and training, on the offscreen platform."""
    from flowlab.ui.benchmark import measure_window

    goals = {
        "frames/s, playing": ">= 60",
        "frames/s, training": ">= 60",
        "scrub to paint, ms": "< 16",
        "first preview after Train, s": "< 0.5",
    }
    for name, value in measure_window(1.5 if quick else 4.0).items():
        yield Row(f"window: {name}", value, "", goals.get(name, ""))


def recognising(quick: bool) -> Rows:
    """Seconds of training until sliced W2 is at most twice its noise floor, default recipe."""
    for name in preset_names():
        seconds = median_or_none(
            [_recognised(preset(name), seed) for seed in range(1 if quick else 3)]
        )
        yield Row(f"recognisable: {name}", seconds, "s", "< 2")


def median_or_none(values: list[float | None]) -> float | None:
    """The median, None counting as longer than anything."""
    ordered = sorted(values, key=lambda v: float("inf") if v is None else v)
    return ordered[len(ordered) // 2]


def _recognised(document: Document, seed: int, points: int = 4000) -> float | None:
    import torch

    from flowlab.core.distributions import build
    from flowlab.core.metrics import sliced_w2, sliced_w2_floor
    from flowlab.core.training import Trainer
    from flowlab.run import Run, sample

    target = build(document.target)
    reference = target.sample(points, torch.Generator().manual_seed(99 + seed))
    floor = sliced_w2_floor(target, points, 128, 4)
    trainer = Trainer(document, device="cpu", seed=seed)
    for mark in (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0):
        while trainer.seconds < mark:
            trainer.advance(8)
        run = Run(document=document, weights=trainer.weights())
        arrived = sample(run, points, document.solver, seed).points[-1].copy()
        if sliced_w2(torch.from_numpy(arrived), reference, 128) <= 2 * floor:
            return trainer.seconds
    return None


def sharing(quick: bool) -> Rows:
    """The same window with the engine in its own process, to see what the second process buys."""
    from flowlab.ui.benchmark import measure_one_process

    for name, value in ({} if quick else measure_one_process()).items():
        yield Row(f"window, one process: {name}", value, "")


def racing(quick: bool) -> Rows:
    """Steps a second of the recipes, in turn within one run, and each against the first."""
    from flowlab.core.training import Trainer

    base = preset("eight_gaussians")
    trainers = {
        name: Trainer(replace(base, network=network, training=training), device="cpu")
        for name, (network, training) in RECIPES.items()
    }
    rates: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(2 if quick else 5):
        for name, trainer in trainers.items():
            rates[name].append(_rate(trainer, 0.7))
    first = median(next(iter(rates.values())))
    for name, values in rates.items():
        yield Row(f"training: {name}", median(values), "steps/s")
        yield Row(f"training: {name}, against the default", median(values) / first, "times")


def _rate(trainer: Any, seconds: float) -> float:
    begun, step = trainer.seconds, trainer.step
    while trainer.seconds - begun < seconds:
        trainer.advance(1)
    return float((trainer.step - step) / (trainer.seconds - begun))


def sampling(quick: bool) -> Rows:
    """A whole bundle with the default network and solver."""
    from flowlab.core.plans import PLANS, PlanOptions
    from flowlab.core.training import Trainer
    from flowlab.run import Run

    document = preset("eight_gaussians")
    run = Run(document=document, weights=Trainer(document, device="cpu").weights())
    for count in (5_000, 20_000):
        wanted = replace(document, view=replace(document.view, particles=count))
        for lattice in (False, True):
            options = PlanOptions(lattice=lattice, field=lattice)
            spans = [
                PLANS["trajectories"](wanted, run.field, options).seconds
                for _ in range(3 if quick else 9)
            ]
            name = "with lattice and field" if lattice else "particles alone"
            yield Row(f"sampling {count:,}, {name}", median(spans), "s")


def drawing(quick: bool) -> Rows:
    """One frame at 850 x 720 with trails."""
    from flowlab.scene.benchmark import measure_drawing

    counts = (5_000, 20_000) if quick else (500, 5_000, 20_000, 100_000)
    for row in measure_drawing(counts, frames=9 if quick else 15):
        goal = "< 16" if row.particles == 5_000 else ""
        yield Row(f"drawing {row.particles:,} with trails", row.milliseconds, "ms", goal)


# A new group of rows is one function and one name here.
GROUPS: list[Callable[[bool], Rows]] = [
    importing,
    starting,
    playing,
    sharing,
    racing,
    sampling,
    drawing,
    recognising,
]
