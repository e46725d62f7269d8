"""Group `reflected`: pictures of the room of walls, and how it plays in the window."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from flowlab.bench.effort import Effort
from flowlab.bench.report import Goal, Row, Rows, at_least, at_most
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.view import View
from flowlab.core.solvers.threads import threads_used
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions, plan_of

_NETWORK = cast(Any, None)  # has no part in these pictures
_VIEWS = {
    "reflected_motion": "checkerboard_in_a_square",
    "ways_to_stay": "uniform_in_a_star",
    "reflected_sampling": "samples_in_a_square",
    "forward_and_reverse": "samples_in_a_square",
    "guidance_in_walls": "guidance_at_the_walls",
    "heat_kernel": "images_and_harmonics",
    "wall_tones": "tones_of_a_star",
    "wall_likelihood": "samples_in_a_square",
}
_PLAYING: dict[str, Goal] = {"frames/s": at_least(59.0), "total median, ms": at_most(16)}


def rows(effort: Effort) -> Rows:
    """Seconds of a picture of each view, whole and as a quick first answer, in one thread.

    Everything that stays from picture to picture (tables of scores, kernels) is there already.
    """
    del effort
    with threads_used(1):
        for view, name in _VIEWS.items():
            document: Document = preset(name)
            document = replace(document, view=replace(document.view, name=view))
            yield Row(f"{view}: first picture, all anew", _seconds(document, PlanOptions()), "s")
            yield Row(f"{view}: quick answer", _seconds(document, PlanOptions(coarse=True)), "s")
            yield Row(f"{view}: picture", _seconds(document, PlanOptions()), "s")


def _seconds(document: Document, options: PlanOptions) -> float:
    begin = time.perf_counter()
    plan_of(document.view.name)(document, _NETWORK, options)
    return time.perf_counter() - begin


def window_rows(effort: Effort) -> Rows:
    """The room in the window: 5,000 particles playing between walls, and three ways beside."""
    from flowlab.bench.real_window import close, make_window, play, settle, wait_for

    window = make_window()
    for name, view in (("checkerboard_in_a_square", "motion"), ("uniform_in_a_star", "three ways")):
        window.welcome(name)
        wait_for(_shown(window, window.store.document.view))
        settle(0.5)
        for key, value in play(window, effort.window).items():
            yield Row(f"{view} of 5,000: {key}", value, "", _PLAYING.get(key))
    close(window)


def _shown(window: Any, view: View) -> Callable[[], bool]:
    """Whether the window shows all particles of a view."""

    def there() -> bool:
        bundle = window.room.canvas.bundle
        whole = isinstance(bundle, Bundle) and bundle.count == view.particles
        return bool(whole and bundle.extra is not None)

    return there
