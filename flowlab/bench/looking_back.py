"""Group `moments`: how soon an earlier flow is seen, and what keeping snapshots costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_least, at_most
from flowlab.core.document.gallery import preset
from flowlab.core.learning.calibration import Place

if TYPE_CHECKING:
    from flowlab.ui.shell.window import Window

_TRAINED = 2_200  # steps before a person looks back
_STEPS = (40, 4, 640, 2048, 16, 160, 1280, 1, 96, 320)
_NEVER = 10**12  # a step for the next snapshot


def rows(effort: Effort) -> Rows:
    """Milliseconds from a move of the training-time slider to the picture of that step with all
    5,000 particles, in the window with its engine's process; and steps a second with snapshots
    over steps a second without, in turn, from the first step on.
    """
    from flowlab.bench.real_window import close, make_window, wait_for

    window = make_window()
    window.welcome("eight_gaussians")
    wait_for(lambda: window.room.canvas.bundle is not None and window.link.engine is not None)
    window.room.reset()
    wait_for(lambda: _step(window) == 0)
    window.room.toggle_training()
    wait_for(lambda: _step(window) > _TRAINED)
    for state in ("training", "paused"):
        if state == "paused":
            window.room.toggle_training()
            wait_for(lambda: not window.room.training)
        spans = [_look(window, step + (state == "paused")) for step in _STEPS]
        yield Row(f"training time to picture, {state}: median", median(spans), "ms", at_most(150))
        yield Row(f"training time to picture, {state}: longest", max(spans), "ms")
    spans = [_look(window, step) for step in (40, 4, 40, 4, 40)]
    yield Row("a picture made before: median", median(spans[2:]), "ms", at_most(50))
    close(window)
    yield _cost(effort)


def _step(window: Window) -> int:
    bundle = window.room.canvas.bundle
    return -1 if bundle is None else bundle.step


def _look(window: Window, near: int) -> float:
    """Milliseconds until all particles of the snapshot nearest to a step are shown."""
    from flowlab.bench.real_window import wait_for

    canvas, kept = window.room.canvas, window.room.moments.line.stored
    step = min(kept, key=lambda each: abs(each - near))
    many = window.store.document.view.particles
    before, start = canvas.bundle, time.perf_counter()
    window.time_bar.training.sought.emit(step)

    def there() -> bool:
        bundle = canvas.bundle
        return bundle is not None and bundle is not before and bundle.points.shape[1] == many

    wait_for(lambda: there() and _step(window) == step)
    return 1e3 * (time.perf_counter() - start)


def _cost(effort: Effort) -> Row:
    from flowlab.work.weights_history import due_after

    ratios = []
    for number in range(2 * max(3, effort.rounds)):
        kinds = [due_after, lambda _: _NEVER][:: 1 if number % 2 else -1]
        rates = [_rate(due, effort.window / 2) for due in kinds]
        with_ring, without = rates if number % 2 else rates[::-1]
        ratios.append(with_ring / without)
    return Row("training with snapshots / without", median(ratios), "times", at_least(0.98))


def _rate(due: Callable[[int], int], seconds: float) -> float:
    """Steps a second of a training thread, from its first step on."""
    from flowlab.work.training import TrainingThread

    thread = TrainingThread(lambda _: Place("cpu", 1), lambda _: None, lambda: False, due)
    thread.want(preset("eight_gaussians"))
    while not thread.weights_history.snapshots:
        time.sleep(0.001)
    thread.train()
    time.sleep(seconds)
    steps = thread.recorder.step
    thread.close()
    return steps / seconds
