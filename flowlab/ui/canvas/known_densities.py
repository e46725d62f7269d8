"""Asks the engine for the densities of source and target, which the picture then draws exactly."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flowlab.core.document.shapes import Shape
from flowlab.core.views.density_map import DensityMap, DensityQuery

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.engine_link import EngineLink

ROLES = ("source", "target")
REST = 0.25  # seconds that a shape must stay the same: not while a slider is dragged


class KnownDensities:
    """Keeps the canvas's densities those of the document; samples are drawn until they come."""

    def __init__(self, canvas: CanvasView, link: EngineLink) -> None:
        self._canvas, self._link = canvas, link
        self._seen: dict[str, tuple[Shape, float]] = {}  # each end, and since when
        self._asked: dict[str, Shape] = {}
        self._own: dict[
            str, tuple[Any, DensityMap | None]
        ] = {}  # each answer, and what of it is used

    def tick(self) -> None:
        """Ask for what is new, and show the newest answers, once a frame."""
        if self._link.engine is None:
            return
        document = self._canvas.document
        known = tuple(self._known(role, getattr(document, role)) for role in ROLES)
        if any(new is not old for new, old in zip(known, self._canvas.densities, strict=True)):
            source, target = known
            self._canvas.densities = source, target
            self._canvas.update()

    def _known(self, role: str, shape: Shape) -> DensityMap | None:
        """Return the density of this shape if it is known by now; ask for it otherwise."""
        now = time.perf_counter()
        if role not in self._seen or self._seen[role][0] is not shape:
            self._seen[role] = shape, now
        if self._asked.get(role) is not shape and now - self._seen[role][1] >= REST:
            self._asked[role] = shape
            self._link.ask(DensityQuery(role, shape))
        answer = self._link.answer(DensityQuery, role)
        if answer is None or answer.value is None:
            return None
        if self._own.get(role, (None, None))[0] is not answer:
            # with the document's own shape: comparing a large one with a copy takes long
            same = answer.value.shape == shape
            self._own[role] = answer, replace(answer.value, shape=shape) if same else None
        return self._own[role][1]
