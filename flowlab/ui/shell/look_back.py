"""Looking back in training time: the current moment, and the one pinned beside it."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import sees_network
from flowlab.ui.room.captions import COMING
from flowlab.ui.state.frame_budget import FRAME

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.work.status import Status

NO_NETWORK = "This view shows no network"
EARLIEST = "This is the earliest moment of training that is kept"
LATE = 0.3  # seconds until an awaited picture is spoken of
NEWEST = "This is the newest moment of training"

Moment = int | None  # a training step, or None for now


@dataclass(frozen=True)
class Timeline:
    """The available moments of a training, and the current one."""

    stored: tuple[int, ...] = ()  # steps, ascending
    newest: int = 0  # the present step
    step: Moment = None  # the current moment
    pinned: int | None = None  # the step shown beside it
    idle: bool = False  # True if the view shows no network, and so has no moments
    known: bool = True  # False until the first status

    @property
    def first(self) -> int:
        """The earliest step that can be looked back to."""
        return min(self.stored[0], self.newest) if self.stored else self.newest

    @property
    def words(self) -> str:
        """The current moment in words."""
        if not self.known:
            return ""
        if self.step is not None:
            return f"step {self.step:,} of {self.newest:,}"
        return now_words(self.newest)


def empty_bundle() -> Bundle:
    """A bundle without particles."""
    return Bundle(times=np.array([0.0, 1.0], np.float32), points=np.zeros((2, 0, 2), np.float32))


def step_words(step: int) -> str:
    """A step in words."""
    return f"step {step:,}" if step else "untrained"


def now_words(step: int) -> str:
    """The newest step in words."""
    return f"{step_words(step)} (now)" if step else step_words(step)


def places(line: Timeline) -> list[Moment]:
    """The available moments in order: the stored ones, then now."""
    return [*(step for step in line.stored if step < line.newest), None]


class LookBack(QObject):
    """Requests moments of training from the engine, and shows the results on the canvas."""

    changed = Signal(object)  # Timeline

    def __init__(self, link: EngineLink, canvas: CanvasView) -> None:
        super().__init__()
        self.link, self.canvas = link, canvas
        self.line = Timeline(known=False)
        self._sent: Moment = None  # the moment last requested
        self._titled: tuple[Bundle | None, Bundle | None] = (None, None)
        self._titles = ("", "")  # of the pinned and of the current moment
        self._sent_at = 0.0
        self._pinned_at, self._awaited = 0.0, empty_bundle()
        self._stand_in: tuple[Bundle, Document] | None = None  # until the pinned one is carried

    def show_status(self, status: Status) -> None:
        """Follow the progress of training."""
        self._show(stored=status.steps_kept, newest=status.step, known=True)

    def look(self, step: Moment) -> None:
        """Show the flow at a stored step, or at present."""
        if self.line.idle and step is not None:
            return
        self._show(step=step)
        if time.perf_counter() - self._sent_at >= FRAME:
            self._send()

    def move(self, by: int) -> None:
        """Move by so many moments, to earlier ones if `by` is negative."""
        moments = places(self.line)
        now = self.line.step
        at = len(moments) - 1 if now is None else bisect_left(self.line.stored, now)
        self.look(moments[min(max(at + by, 0), len(moments) - 1)])

    def to_first(self) -> None:
        """Show the earliest stored moment."""
        self.look(places(self.line)[0])

    def toggle_pin(self) -> None:
        """Pin the current moment beside all following ones, or release the pin."""
        bundle = self.canvas.bundle
        if self.line.pinned is None and (bundle is None or self.line.idle):
            self.changed.emit(self.line)
            return
        pinned = bundle.step if self.line.pinned is None and bundle is not None else None
        self.link.call(lambda engine: engine.pin(pinned))
        known = None if pinned is None or bundle is None else (bundle, self.canvas.document)
        self._stand_in, self._pinned_at = known, time.perf_counter()
        self._show(pinned=pinned)

    def release(self) -> None:
        """Show only the present: older weights belong to another experiment."""
        if self.line.pinned is not None:
            self.toggle_pin()
        self._show(step=None)
        self._send()

    def show_view(self, name: str) -> None:  # noqa: ARG002
        """Follow a change of view; views without a network have no moments."""
        self._show(idle=not sees_network(self.canvas.document))

    def tick(self) -> None:
        """Send the newest request to the engine, and show new results, once a frame."""
        self._send()
        beside, seen = self._beside(), self.canvas.bundle
        if (beside, seen) != self._titled:  # bundles are compared by identity
            self._titled, self._titles = (beside, seen), self._titles_of(beside, seen)
            self.canvas.show_beside(beside, self._titles)

    def _beside(self) -> Bundle | None:
        """The pinned moment's picture: until it is carried, the one that was seen when pinned."""
        if self.line.pinned is None or self.link.engine is None:
            return None
        pinned = self.link.engine.pinned()
        found = pinned if isinstance(pinned, Bundle) else None
        seen = self._seen_when_pinned()
        if seen is None or (found is not None and found.count >= seen.count):
            self._stand_in = None
            return self._awaited if found is None and self._is_late else found
        return seen

    def _seen_when_pinned(self) -> Bundle | None:
        """The picture that was pinned, while the settings are those it was made with."""
        if self._stand_in is None:
            return None
        bundle, document = self._stand_in
        if document is not self.canvas.document:
            from flowlab.work.cache_keys import pictured  # not for the first frame

            if pictured(document) != pictured(self.canvas.document):
                return None
            self._stand_in = bundle, self.canvas.document
        return bundle

    @property
    def _is_late(self) -> bool:
        return time.perf_counter() - self._pinned_at > LATE

    def _titles_of(self, beside: Bundle | None, seen: Bundle | None) -> tuple[str, str]:
        if beside is None or seen is None:
            return "", ""
        now = self.line.step is None
        left = step_words(beside.step)
        if beside is self._awaited and self.line.pinned is not None:
            left = f"{step_words(self.line.pinned)}, {COMING}"
        return left, now_words(seen.step) if now else step_words(seen.step)

    def _send(self) -> None:
        step = self.line.step
        if step != self._sent:
            self._sent, self._sent_at = step, time.perf_counter()
            self.link.call(lambda engine: engine.look_back(step))

    def _show(self, **changes: object) -> None:
        line = replace(self.line, **changes)  # type: ignore[arg-type]
        if line != self.line:
            self.line = line
            self.changed.emit(line)
