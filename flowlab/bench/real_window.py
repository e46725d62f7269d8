"""What `flowlab bench` measures on the real window, on the offscreen platform."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.ui.state.playback import SECONDS

if TYPE_CHECKING:
    from flowlab.ui.shell.window import Window
    from flowlab.ui.state.preferences import Preferences

PATIENCE = 60.0  # seconds before a wait is given up
LOOK_MS = 3  # between two looks whether a wait is over

_START = """
import sys, time, json
launched = float(sys.argv[1])
from flowlab.bench.real_window import time_start_up
print(json.dumps(time_start_up(launched)))
"""


def measure_start_up(runs: int = 3) -> dict[str, float]:
    """Seconds from launch to the first frame, to a moving preset and to a ready engine.

    The processor time of the window's process, from its start to its first frame, depends less on
    what else the machine does.
    """
    _one_start_up()  # the first may still compile
    rows = [_one_start_up() for _ in range(runs)]
    return {name: median(row[name] for row in rows) for name in rows[0]}


def _one_start_up() -> dict[str, float]:
    # An installed program finds its modules compiled, whatever this shell forbids.
    compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-P", "-c", _START, repr(time.time())]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=compiled)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def time_start_up(launched: float) -> dict[str, float]:
    """In a fresh process: open the window and time what is first shown."""
    from flowlab import app

    app.calm_interpreter()
    window = app.open_window(None, preferences=_without_a_person())
    canvas, budget, figures = window.room.canvas, window.playback.budget, dict[str, float]()
    wait_for(lambda: budget.first is not None)
    figures["first frame, processor time"] = time.process_time()  # of this process alone
    assert budget.first is not None
    figures["first frame"] = time.time() - launched - (budget.clock() - budget.first)
    wait_for(lambda: canvas.bundle is not None and window.playback.t > 0.02)
    figures["moving preset"] = time.time() - launched
    wait_for(lambda: window.link.engine is not None)
    figures["engine ready"] = time.time() - launched
    close(window)
    return figures


def measure_one_process(seconds: float = 3.0) -> dict[str, float]:
    """Frames and training steps a second with the engine in the window's own process."""
    figures = measure_window(seconds, make_window(alone=False))
    wanted = ("frames/s, training", "training steps/s with the window")
    return {name: figures[name] for name in wanted}


def measure_window(seconds: float = 3.0, window: Window | None = None) -> dict[str, float]:
    """Frames a second and lateness, alone and while training; scrubbing; the first preview."""
    window = window or make_window()
    window.welcome("eight_gaussians")
    wait_for(lambda: window.link.newest() is not None)
    figures = {f"{name}, playing": value for name, value in play(window, seconds).items()}
    figures["scrub to paint, ms"] = _scrub(window)
    window.room.reset()
    wait_for(lambda: _shown_step(window) == 0)
    settle(0.5)
    start = time.perf_counter()
    window.room.toggle_training()
    wait_for(lambda: _shown_step(window) > 0)
    figures["first preview after Train, s"] = time.perf_counter() - start
    figures |= {f"{name}, training": v for name, v in play(window, seconds).items()}
    status = window.link.status()
    assert status is not None
    figures["training steps/s with the window"] = status.steps_per_second
    close(window)
    return figures


def _shown_step(window: Window) -> int:
    bundle = window.room.canvas.bundle
    return -1 if bundle is None else bundle.step


def make_window(*, alone: bool = True) -> Window:
    """The real window without a person's settings."""
    from flowlab import app
    from flowlab.ui.shell.window import Window

    app.calm_interpreter()
    window = Window(_without_a_person(), alone=alone)
    app.collect_on_this_thread(window)
    window.show()
    return window


def _without_a_person() -> Preferences:
    """Preferences of its own; starts an application offscreen if none is running."""
    from PySide6.QtCore import QCoreApplication, QSettings
    from PySide6.QtWidgets import QApplication

    from flowlab.app import ARGUMENTS
    from flowlab.ui.state.preferences import Preferences

    words = ["flowlab", "-platform", "offscreen", *ARGUMENTS]
    QCoreApplication.instance() or QApplication(words)
    return Preferences(QSettings("FlowLab", "bench"))


def close(window: Window) -> None:
    """Close without questions."""
    window.room.link.call(lambda engine: engine.pause())
    window.shut_down()
    window.hide()
    window.deleteLater()
    gc.enable()


def wait_for(ready: Callable[[], bool]) -> None:
    """Run the event loop as the program does, asleep between events, until `ready()`."""
    from PySide6.QtCore import QEventLoop, QTimer

    end, loop, look = time.perf_counter() + PATIENCE, QEventLoop(), QTimer()
    look.timeout.connect(lambda: loop.quit() if ready() or time.perf_counter() > end else None)
    look.start(LOOK_MS)
    loop.exec()
    look.stop()
    if not ready():
        raise TimeoutError("the window did not get there")


def settle(seconds: float) -> None:
    """Let the event loop run for so long, undisturbed."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(1e3 * seconds), loop.quit)
    loop.exec()


def play(window: Window, seconds: float) -> dict[str, Any]:
    """Frames a second, lateness, and what a frame costs."""
    budget = window.playback.budget
    window.playback.seek(0.0)  # so that no rest at the end of a loop falls into the time measured
    window.playback.play()
    budget.clear()
    settle(min(seconds, 0.9 * SECONDS))
    figures = budget.figures()
    return {
        "frames/s": figures.frames_per_second,
        "lateness p99, ms": figures.late_p99,
        "lateness max, ms": figures.late_max,
        "work median, ms": figures.work,
        "paint median, ms": figures.paint,
        "total median, ms": figures.total,
    }


def _scrub(window: Window, times: int = 40) -> float:
    """Median ms from a move of the slider to the end of the paint that shows it."""
    from PySide6.QtCore import QCoreApplication

    window.playback.pause()
    budget, spans = window.playback.budget, list[float]()
    for t in np.linspace(0.05, 0.95, times):
        count, start = budget.count, time.perf_counter()
        window.time_bar.slider.sought.emit(float(t))
        while budget.count == count:
            QCoreApplication.processEvents()
        spans.append((time.perf_counter() - start) * 1e3)
    return median(spans)
