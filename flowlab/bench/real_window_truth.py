"""What `flowlab bench` measures of the lens and of the difference, on the real window."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.bench.real_window import close, make_window, play, settle, wait_for
from flowlab.core.views.lens import LensQuery

if TYPE_CHECKING:
    from flowlab.core.views.query import Query
    from flowlab.ui.shell.window import Window

JUST_AFTER = 0.06  # seconds
TICK_MS = 8  # between two moves of the lens


def measure_truth(preset: str, seconds: float = 3.0) -> dict[str, float]:
    """A lens dragged round while t plays, then the difference from the exact flow in training."""
    window = make_window()
    window.welcome(preset)
    wait_for(lambda: window.link.engine is not None and window.link.newest() is not None)
    figures = {f"{name}, lens": value for name, value in _with_lens(window, seconds).items()}
    window.room.lens.toggle()
    window.room.toggle_training()
    figures |= _in_training(
        window, "learned", "bundles", lambda: window.room.canvas.bundle, seconds
    )
    window.room.choose_flow("difference")
    wait_for(lambda: _gap(window) is not None)
    figures |= _in_training(window, "difference", "maps", lambda: _gap(window), seconds)
    close(window)
    return figures


def _in_training(
    window: Window, what: str, things: str, look: Callable[[], object], seconds: float
) -> dict[str, float]:
    """Frames while training, and how many were missed just after new things came."""
    settle(0.5)
    came = _noting(window, look)
    played = play(window, seconds)
    times = came()
    missed = window.playback.budget.missed_at
    after = sum(any(0 <= miss - time <= JUST_AFTER for time in times) for miss in missed)
    return {
        f"frames/s, {what} in training": played["frames/s"],
        f"lateness p99, ms, {what} in training": played["lateness p99, ms"],
        f"{things} a second": len(times) / seconds,
        f"frames missed, {what} in training": len(missed),
        f"of these just after new {things}": after,
    }


def _with_lens(window: Window, seconds: float) -> dict[str, float]:
    """Frames and answers a second, and ms from a move to the frame that has its answer."""
    canvas, asked, delays = window.room.canvas, dict[int, float](), list[float]()
    engine = window.link.engine
    assert engine is not None
    ask = engine.ask

    def noted(query: Query[Any]) -> int:
        began = time.perf_counter()
        number = ask(query)
        asked[number] = began
        return number

    engine.ask = noted  # type: ignore[method-assign]
    window.room.lens.toggle()
    wait_for(lambda: canvas.lens is not None)
    seen = set[int]()

    def step() -> None:
        angle = time.perf_counter()
        canvas.lens_moved.emit(1.2 * np.cos(angle), 1.2 * np.sin(angle))
        answer = engine.answer(LensQuery)
        if answer is None or answer.value is not canvas.lens:
            return
        if answer.number in asked and answer.number not in seen:
            seen.add(answer.number)
            delays.append(time.perf_counter() - asked[answer.number])

    stop = _every(window, step)
    played = play(window, seconds)
    stop()
    engine.ask = ask  # type: ignore[method-assign]
    return {
        "frames/s": played["frames/s"],
        "answers a second": len(seen) / seconds,
        "ms to an answer": 1e3 * median(delays),
    }


def _gap(window: Window) -> object:
    bundle = window.room.canvas.bundle
    return None if bundle is None else bundle.flow_error


def _noting(window: Window, look: Callable[[], object]) -> Callable[[], list[float]]:
    """When `look` finds something new; call the answer to end and know."""
    times, seen = list[float](), [look()]
    clock = window.playback.budget.clock

    def step(_t: float) -> None:
        if look() is not seen[0]:
            seen[0] = look()
            times.append(clock())

    window.playback.ticked.connect(step)

    def end() -> list[float]:
        window.playback.ticked.disconnect(step)
        return times

    return end


def _every(window: Window, step: Callable[[], None]) -> Callable[[], None]:
    """Do `step` every few milliseconds until the answer is called."""
    from PySide6.QtCore import QTimer

    timer = QTimer(window)
    timer.timeout.connect(step)
    timer.start(TICK_MS)
    return timer.stop
