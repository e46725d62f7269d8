"""What `flowlab bench` measures of the (de)blending room, on the real window."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flowlab.bench.real_window import close, make_window, play, settle, wait_for
from flowlab.core.blending.results import blends_of, chain_of
from flowlab.core.blending.settings import PICTURES
from flowlab.core.blending.tangent.results import tangents_of
from flowlab.core.blending.views import ROOM

if TYPE_CHECKING:
    from flowlab.core.views.bundle import Bundle
    from flowlab.ui.shell.window import Window

_WARM = 0.3  # seconds before frames are counted
_PLAYS = {True: 1, False: 3}  # plays in a quick run and otherwise; the median one is reported


def measure_views(preset: str, seconds: float, quick: bool) -> dict[str, dict[str, float]]:
    """Frames a second and what a frame costs in every view and picture of the room."""
    window = make_window()
    window.welcome(preset)
    wait_for(lambda: window.link.engine is not None and window.link.newest() is not None)
    views = [(row.name, choices) for row in ROOM.views for choices in _choices(row.name, quick)]
    figures = {}
    for view, blending in views:
        name = " ".join([view, *(f"{key} {value}" for key, value in blending.items())])
        figures[name] = _one(window, view, blending, seconds, _PLAYS[quick])
    close(window)
    return figures


def _choices(view: str, quick: bool) -> list[dict[str, Any]]:
    """The settings of the room that a view is measured with; none where it needs classes."""
    variants: dict[str, list[dict[str, Any]]] = {
        "chain": [{"steps": steps} for steps in ((50,) if quick else (50, 500))],
        "tangent_field": [*({"picture": picture} for picture in PICTURES), {"show_error": True}],
        "conditions": [],
    }
    return variants.get(view, [{}])


def _one(
    window: Window, view: str, choices: dict[str, Any], seconds: float, plays: int
) -> dict[str, float]:
    document, store = window.store.document, window.store
    blending = replace(document.blending, **{"picture": "angle", "show_error": False, **choices})
    shown = replace(document, view=replace(document.view, name=view), blending=blending)
    start = time.perf_counter()
    store.edit(shown, "Show", "benchmark")
    store.settle()
    wait_for(lambda: _has_come(window.room.canvas.bundle, view, blending.steps))
    first = time.perf_counter() - start
    settle(_WARM)
    played = sorted((play(window, seconds) for _ in range(plays)), key=_rate)
    middle = played[plays // 2]  # other work of a machine makes a play bad, but seldom two
    names = ("frames/s", "lateness p99, ms", "total median, ms")
    return {"first picture, s": first, **{name: middle[name] for name in names}}


def _rate(played: dict[str, Any]) -> float:
    return float(played["frames/s"])


def _has_come(bundle: Bundle | None, view: str, steps: int) -> bool:
    if bundle is None:
        return False
    if view == "chain":
        chain = chain_of(bundle)
        return chain is not None and len(chain.x0) == steps
    kinds = {
        "blending": blends_of(bundle) is not None,
        "tangent_field": tangents_of(bundle) is not None,
    }
    return kinds.get(view, bundle.flows)
