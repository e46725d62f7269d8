"""Groups `start`, `window` and `sharing`: the real window, on the offscreen platform."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from flowlab.bench.contenders import make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_least, at_most
from flowlab.core.document.gallery import preset

_START_GOALS = {"first frame": at_most(0.6), "moving preset": at_most(4.0)}
STEPS = "training steps/s with the window"  # what `measure_window` calls it
_LOOK = 0.2  # seconds between two looks at the children
_GOALS = {
    "frames/s, playing": at_least(59.0),
    "frames/s, training": at_least(59.0),
    "lateness p99, ms, training": at_most(4.0),
    "scrub to paint, ms": at_most(16.0),
    "first preview after Train, s": at_most(0.5),
}
_PATIENCE = 120.0


def start_rows(effort: Effort) -> Rows:
    """Imports and the window from launch, each time in a fresh process."""
    for module in ("flowlab",) if effort.quick else ("flowlab", "flowlab.work.engine"):
        yield Row(f"import {module}", import_seconds(module, 3), "s")
    from flowlab.bench.real_window import measure_start_up

    for name, seconds in measure_start_up(effort.rounds).items():
        yield Row(f"launch to {name}", seconds, "s", _START_GOALS.get(name))


def import_seconds(module: str, runs: int) -> float:
    """Median time of an import in a fresh Python."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"

    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    return median(once() for _ in range(runs))


def rows(effort: Effort) -> Rows:
    """Frames, lateness and memory of the window; its training against training alone, in turn."""
    training_alone = make_ours(preset("eight_gaussians"))
    samples: dict[str, list[float]] = {}
    ratios, rates = list[float](), list[float]()
    for _ in range(effort.rounds):
        before = training_alone.rate(effort.window / 2)
        figures = window_figures(effort.window)
        rates.append((before + training_alone.rate(effort.window / 2)) / 2)
        ratios.append(figures[STEPS] / rates[-1])
        for name, value in figures.items():
            samples.setdefault(name, []).append(value)
    for name, values in samples.items():
        yield Row(f"window: {name}", median(values), "", _GOALS.get(name))
    yield Row("training steps/s alone", median(rates))
    yield Row("training with the window / alone", median(ratios), "times", at_least(0.8))


def one_process_rows(effort: Effort) -> Rows:
    """The same window with the engine in its own process: what the second process buys."""
    from flowlab.bench.real_window import measure_one_process

    for name, value in measure_one_process(effort.window).items():
        yield Row(f"window, one process: {name}", value)


def window_figures(seconds: float) -> dict[str, float]:
    """`measure_window` in a fresh process, with the most memory that it and its engine held."""
    command = [sys.executable, "-P", "-m", "flowlab.bench.window", repr(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main(seconds: float) -> None:
    """What runs in that process."""
    from flowlab.bench.real_window import measure_window

    with watching_children() as children:
        figures = dict(measure_window(seconds))
    peak = peak_memory("self")
    if peak is not None:
        figures["memory of the window's process, MB"] = peak
    if children:
        figures["memory of the engine's process, MB"] = max(children.values())
    print(json.dumps(figures))  # noqa: T201  # to the process that asked


@contextlib.contextmanager
def watching_children() -> Iterator[dict[int, float]]:
    """Within the block, sample the children's memory; yields the most of each, in MB."""
    seen: dict[int, float] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK):
            for child in multiprocessing.active_children():
                if child.pid is not None and (peak := peak_memory(str(child.pid))) is not None:
                    seen[child.pid] = peak

    watcher = threading.Thread(target=look, name="flowlab-watcher")
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def peak_memory(process: str) -> float | None:
    """The most memory, in MB, that a process has held; None where the system does not tell."""
    try:
        status = Path("/proc", process, "status").read_text()
    except OSError:
        return None
    kilobytes = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return float(kilobytes[0]) / 1024 if kilobytes else None


if __name__ == "__main__":
    main(float(sys.argv[1]))
