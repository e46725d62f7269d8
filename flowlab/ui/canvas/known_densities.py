"""Asks the engine for the densities that are known, which the picture then draws exactly."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flowlab.core.document.document import Document
from flowlab.core.views.density_map import (
    DensityMap,
    DensityQuery,
    InterpolantDensity,
    InterpolantQuery,
    interpolant_drawn,
)
from flowlab.core.views.query import Query
from flowlab.core.views.registry import VIEWS

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.engine_link import EngineLink

ROLES = ("source", "target")
BETWEEN = "between"  # the key of the density p_t
REST = 0.25  # seconds that a shape must stay the same: not while a slider is dragged


class KnownDensities:
    """Keeps the canvas's densities those of the document; samples are drawn until they come."""

    def __init__(self, canvas: CanvasView, link: EngineLink) -> None:
        self._canvas, self._link = canvas, link
        self._seen: dict[str, tuple[Query[Any], float]] = {}  # each question, and since when
        self._asked: dict[str, Query[Any]] = {}
        self._own: dict[str, tuple[Any, Any]] = {}  # each answer, and what of it is used

    def tick(self) -> None:
        """Ask for what is new, and show the newest answers, once a frame."""
        if self._link.engine is None:
            return
        document, canvas = self._canvas.document, self._canvas
        known = tuple(self._end(role, document) for role in ROLES)
        if any(new is not old for new, old in zip(known, canvas.densities, strict=True)):
            source, target = known
            canvas.densities = source, target
            canvas.update()
        between = self._between(document)
        if between is not canvas.interpolant:
            canvas.interpolant = between
            canvas.update()

    def waits(self, document: Document) -> bool:
        """True if a density that the document's view draws has been neither told nor refused."""
        return bool(self._open(document))

    def progress(self, document: Document) -> float:
        """The share that is done of p_t, which takes longest; 0 while it isn't known."""
        status = self._link.status()
        share = None if status is None else status.progress.get(InterpolantQuery)
        return 0.0 if share is None or interpolant_drawn(document) is None else share

    def _open(self, document: Document) -> list[str]:
        """The keys of what the picture draws and the engine hasn't answered."""
        view = VIEWS[document.view.name].seen(document.view)
        queries: dict[str, Query[Any]] = {}
        if view.show_ends or view.show_density or view.show_contours:
            queries = {role: DensityQuery(role, getattr(document, role)) for role in ROLES}
        between = interpolant_drawn(document)
        if between is not None:
            queries[BETWEEN] = between
        return [key for key, query in queries.items() if not self._answered(key, query)]

    def _answered(self, key: str, query: Query[Any]) -> bool:
        answer = self._link.answer(type(query), _slot(key))
        return answer is not None and answer.query == query

    def _end(self, role: str, document: Document) -> DensityMap | None:
        """The density of one end if it is known by now; it is asked for otherwise."""
        shape = getattr(document, role)
        made: DensityMap | None = self._known(
            role, DensityQuery(role, shape), lambda known: replace(known, shape=shape)
        )
        return made

    def _between(self, document: Document) -> InterpolantDensity | None:
        """The density p_t that the view draws, likewise."""
        query = interpolant_drawn(document)
        if query is None:
            return None
        made: InterpolantDensity | None = self._known(
            BETWEEN, query, lambda known: replace(known, query=query)
        )
        return made

    def _known(self, key: str, query: Query[Any], own: Callable[[Any], Any]) -> Any:
        """The answer, with the document's own shapes: comparing large ones with a copy takes long.

        None until it is there; the question is asked once it has been the same for a moment.
        """
        now = time.perf_counter()
        if key not in self._seen or not _same(self._seen[key][0], query):
            self._seen[key] = query, now
        if not _same(self._asked.get(key), query) and now - self._seen[key][1] >= REST:
            self._asked[key] = query
            self._link.ask(query)
        answer = self._link.answer(type(query), _slot(key))
        if answer is None or answer.value is None:
            return None
        if self._own.get(key, (None, None))[0] is not answer:
            self._own[key] = answer, own(answer.value) if answer.query == query else None
        return self._own[key][1]


def _same(one: Query[Any] | None, other: Query[Any]) -> bool:
    """True if both are of the very same shapes."""
    if one is None:
        return False
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(mine is yours for mine, yours in pairs)


def _slot(key: str) -> str | None:
    """The key of the engine's slot: each end has its own, p_t the only one of its kind."""
    return None if key == BETWEEN else key
