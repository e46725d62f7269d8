"""Three panes of a room on the real window: a setting dragged, and how they play."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from flowlab.bench.real_window import close, make_window, play, settle, wait_for
from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle

if TYPE_CHECKING:
    from flowlab.ui.shell.window import Window

PARTICLES = 5000  # in each of the panes
_MOVE_MS = 16  # between two positions of the slider
_CALM = 0.5  # seconds for what waits until nothing changes any more


Measured = Iterator[tuple[str, float, str]]  # name, value, unit


@dataclass(frozen=True, kw_only=True)
class Dragged:
    """What is measured: a preset with three panes, and a setting that a slider moves."""

    preset: str
    name: str  # of the setting
    at: Callable[[Document, float], Document]  # with the setting at a share of the slider
    shows: Callable[[Bundle], bool]  # True for a result of the room's own


def measure_room(of: Dragged, seconds: float) -> Measured:
    """The first coarse picture, frames during a drag, and frames while three panes play."""
    window = make_window()
    window.welcome(of.preset)
    wait_for(lambda: window.link.engine is not None and _count(of, window) > 0)
    store = window.store
    view = replace(store.document.view, particles=PARTICLES)
    _edit(window, replace(store.document, view=view))
    wait_for(lambda: _count(of, window) == PARTICLES)
    first = _first(of, window)
    dragged = list(_dragged(of, window, seconds))
    wait_for(lambda: _count(of, window) == PARTICLES)
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


def _first(of: Dragged, window: Window, rounds: int = 3) -> float:
    """Seconds from another seed, with all starts and noise anew, to its first picture."""
    spans = []
    for _ in range(rounds):
        document, before = window.store.document, window.room.canvas.bundle
        start = time.perf_counter()
        _edit(window, replace(document, seed=document.seed + 1))
        wait_for(lambda before=before: window.room.canvas.bundle is not before)  # type: ignore[misc]
        spans.append(time.perf_counter() - start)
        wait_for(lambda: _count(of, window) == PARTICLES)
        settle(_CALM)
    return min(spans)


def _dragged(of: Dragged, window: Window, seconds: float) -> Measured:
    """Milliseconds from picture to picture while a slider moves, and their particles."""
    from PySide6.QtCore import QTimer

    timer, seen = QTimer(), list[tuple[float, Any]]()
    began = time.perf_counter()

    def move() -> None:
        now, bundle = time.perf_counter(), window.room.canvas.bundle
        share = min(1.0, (now - began) / seconds)
        _edit(window, of.at(window.store.document, share))
        if not seen or bundle is not seen[-1][1]:
            seen.append((now, bundle))

    timer.timeout.connect(move)
    timer.start(_MOVE_MS)
    settle(seconds)
    timer.stop()
    spans = np.diff([at for at, _ in seen])
    counts = [bundle.count for _, bundle in seen[1:]]
    window.store.settle()
    yield f"a frame while {of.name} is dragged", 1e3 * float(np.median(spans)), "ms"
    yield "the slowest tenth of them", 1e3 * float(np.quantile(spans, 0.9)), "ms"
    yield f"particles while {of.name} is dragged", float(median(counts)), ""


def _count(of: Dragged, window: Window) -> int:
    bundle = window.room.canvas.bundle
    return bundle.count if isinstance(bundle, Bundle) and of.shows(bundle) else 0
