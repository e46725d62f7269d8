"""Group `responding`: how soon undo brings a training back, the search box, and long readings."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_most

if TYPE_CHECKING:
    from flowlab.ui.shell.window import Window

READ = 300_000  # rows of a table
TRAINED = 1000  # steps, before they are reset
TYPED = ("particles", "sinkhron", "number of particles in the flow", "zzzzzzzz")  # letter by letter
LOOK_MS = 1  # between two looks of the event loop


def rows(effort: Effort) -> Rows:
    """Milliseconds from undo (or redo) of a reset to the picture of the weights that it brings
    back, in the window with its engine's process; those of a key in the search box, the median
    and the longest; and the longest time that the window's event loop rests while a thread reads
    300,000 rows x, y.
    """
    from flowlab.bench.real_window import close, make_window, wait_for

    window = make_window()
    window.welcome("eight_gaussians")
    wait_for(lambda: window.room.canvas.bundle is not None and window.link.engine is not None)
    undone, redone = _back_and_forth(window, effort.rounds)
    yield Row("undo of a reset, until its weights are shown", median(undone), "ms", at_most(500))
    yield Row("redo, until the fresh weights are shown", median(redone), "ms", at_most(500))
    keys = _keys(window)
    yield Row("a key in the search box", median(keys), "ms", at_most(16))
    yield Row("the slowest of them", max(keys), "ms", at_most(33))
    gaps = _gaps(effort.rounds)
    close(window)
    yield Row("longest gap of the event loop, 300,000 rows read", median(gaps), "ms", at_most(50))


def _back_and_forth(window: Window, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each undo and each redo of a reset after so much training."""
    from flowlab.bench.real_window import wait_for

    room, stack = window.room, window.store.stack
    room.reset()
    wait_for(lambda: _step(window) == 0)
    room.toggle_training()
    wait_for(lambda: _step(window) > TRAINED)
    room.toggle_training()
    wait_for(lambda: not room.training)
    wait_for(lambda: _step(window) == _trained(window))
    trained = _step(window)
    room.reset()
    wait_for(lambda: _step(window) == 0)
    undone, redone = [], []
    for _ in range(rounds):
        undone.append(_until(window, stack.undo, trained))
        redone.append(_until(window, stack.redo, 0))
    return undone, redone


def _until(window: Window, change: Callable[[], None], step: int) -> float:
    """Milliseconds until the flow of that training step is shown."""
    from flowlab.bench.real_window import wait_for

    start = time.perf_counter()
    change()
    wait_for(lambda: _step(window) == step)
    return 1e3 * (time.perf_counter() - start)


def _keys(window: Window) -> list[float]:
    """Milliseconds from each key typed into the search box until its list is there."""
    from PySide6.QtTest import QTest

    window.search.start()
    window.afterwards.finish()  # the index is built between frames, once the box is entered
    spent = []
    for words in TYPED:
        window.search.setText("")
        for letter in words:
            start = time.perf_counter()
            QTest.keyClicks(window.search, letter)
            spent.append(1e3 * (time.perf_counter() - start))
    window.search.setText("")
    return spent


def _step(window: Window) -> int:
    bundle = window.room.canvas.bundle
    return -1 if bundle is None else bundle.step


def _trained(window: Window) -> int:
    status = window.link.status()
    return -1 if status is None else status.step


def _gaps(rounds: int) -> list[float]:
    """Milliseconds of the longest gap while each reading of a long table goes on."""
    from flowlab.files.points import read_points

    xy = np.random.default_rng(0).normal(size=(READ, 2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        np.savetxt(path, xy, delimiter=",", header="x,y", comments="", fmt="%.9f")
        return [gap_while(lambda: read_points(path)) for _ in range(rounds)]


def gap_while(work: Callable[[], object]) -> float:
    """Milliseconds of the longest time between two looks of the event loop while a thread works."""
    from PySide6.QtCore import QTimer

    from flowlab.bench.real_window import wait_for
    from flowlab.ui.base.job import Job

    looks = [time.perf_counter()]
    timer = QTimer()
    timer.timeout.connect(lambda: looks.append(time.perf_counter()))
    timer.start(LOOK_MS)
    job = Job(lambda _: work())
    wait_for(lambda: not job.thread.is_alive())
    timer.stop()
    looks.append(time.perf_counter())
    if job.error:
        raise RuntimeError(job.error)
    return 1e3 * float(np.diff(looks).max())
