"""What `flowlab bench` measures of the ODE / SDE room, on the real window."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.bench.real_window import close, make_window, play, settle, wait_for
from flowlab.core.document.document import Document
from flowlab.core.stochastic.results import processes_of

if TYPE_CHECKING:
    from flowlab.ui.shell.window import Window

PRESET, PARTICLES = "ode_and_sde", 5000  # with all three panes
_MOVE_MS = 16  # between two positions of the slider
_CALM = 0.5  # seconds for what waits until nothing changes any more


Measured = Iterator[tuple[str, float, str]]  # name, value, unit


def measure_room(seconds: float) -> Measured:
    """The first coarse picture, frames while eps is dragged, and frames while three panes play."""
    window = make_window()
    window.welcome(PRESET)
    wait_for(lambda: window.link.engine is not None and _count(window) > 0)
    store = window.store
    view = replace(store.document.view, particles=PARTICLES)
    _edit(window, replace(store.document, view=view))
    wait_for(lambda: _count(window) == PARTICLES)
    first = _first(window)
    dragged = list(_dragged(window, seconds))
    wait_for(lambda: _count(window) == PARTICLES)
    settle(_CALM)
    played = play(window, seconds)
    close(window)
    yield "first coarse picture", 1e3 * first, "ms"
    yield from dragged
    panes = f"playing three panes of {PARTICLES:,}"
    yield f"{panes}: frames/s", played["frames/s"], ""
    yield f"{panes}: painting", played["paint median, ms"], "ms"
    yield f"{panes}: a frame", played["total median, ms"], "ms"


def _edit(window: Window, document: Document) -> None:
    window.store.edit(document, "Change", "benchmark")


def _with_eps(document: Document, eps: float) -> Document:
    return replace(document, stochastic=replace(document.stochastic, eps=eps))


def _first(window: Window, rounds: int = 3) -> float:
    """Seconds from another seed, with all starts and noise anew, to its first picture."""
    spans = []
    for _ in range(rounds):
        document, before = window.store.document, window.room.canvas.bundle
        start = time.perf_counter()
        _edit(window, replace(document, seed=document.seed + 1))
        wait_for(lambda before=before: window.room.canvas.bundle is not before)  # type: ignore[misc]
        spans.append(time.perf_counter() - start)
        wait_for(lambda: _count(window) == PARTICLES)
        settle(_CALM)
    return min(spans)


def _dragged(window: Window, seconds: float) -> Measured:
    """Milliseconds from picture to picture while the slider of eps moves, and their particles."""
    from PySide6.QtCore import QTimer

    timer, seen = QTimer(), list[tuple[float, Any]]()
    began = time.perf_counter()

    def move() -> None:
        now, bundle = time.perf_counter(), window.room.canvas.bundle
        share = min(1.0, (now - began) / seconds)
        _edit(window, _with_eps(window.store.document, 1.0 + share))
        if not seen or bundle is not seen[-1][1]:
            seen.append((now, bundle))

    timer.timeout.connect(move)
    timer.start(_MOVE_MS)
    settle(seconds)
    timer.stop()
    spans = np.diff([at for at, _ in seen])
    counts = [bundle.count for _, bundle in seen[1:]]
    window.store.settle()
    yield "a frame while eps is dragged", 1e3 * float(np.median(spans)), "ms"
    yield "the slowest tenth of them", 1e3 * float(np.quantile(spans, 0.9)), "ms"
    yield "particles while eps is dragged", float(median(counts)), ""


def _count(window: Window) -> int:
    bundle = window.room.canvas.bundle
    known = processes_of(bundle)
    return 0 if bundle is None or known is None else bundle.count
