"""Looking back in training time: which moment is seen, and which one is pinned beside it."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.registry import VIEWS
from flowlab.ui.state.frame_budget import FRAME

if TYPE_CHECKING:
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.work.status import Status

Moment = int | None  # a step of training, or now


@dataclass(frozen=True)
class Timeline:
    """What there is to be seen of a training, and what is seen."""

    kept: tuple[int, ...] = ()  # steps, ascending
    newest: int = 0  # the step of now
    step: Moment = None  # the moment seen
    pinned: int | None = None  # the step beside it
    idle: bool = False  # what is shown has no network in it, and so no moments

    @property
    def words(self) -> str:
        """The moment seen, as a person reads it."""
        if self.step is not None:
            return f"step {self.step:,} of {self.newest:,}"
        return now_words(self.newest)


def step_words(step: int) -> str:
    """A step, as a person reads it."""
    return f"step {step:,}" if step else "untrained"


def now_words(step: int) -> str:
    """The newest step, as a person reads it."""
    return f"{step_words(step)} (now)" if step else step_words(step)


def places(line: Timeline) -> list[Moment]:
    """The moments that can be seen, in order: those kept, and now."""
    return [*(step for step in line.kept if step < line.newest), None]


class LookBack(QObject):
    """Tells the engine which moments a person wants to see, and the canvas what came."""

    changed = Signal(object)  # Timeline

    def __init__(self, link: EngineLink, canvas: CanvasView) -> None:
        super().__init__()
        self.link, self.canvas = link, canvas
        self.line = Timeline()
        self._sent: Moment = None  # what the engine was last told
        self._titled: tuple[Bundle | None, Bundle | None] = (None, None)
        self._titles = ("", "")  # of the pinned moment and of the one seen
        self._sent_at = 0.0

    def show_status(self, status: Status) -> None:
        """Training has gone on."""
        self._show(kept=status.steps_kept, newest=status.step)

    def look(self, step: Moment) -> None:
        """See the flow as it was at a step that is kept, or as it is now."""
        if self.line.idle and step is not None:
            return
        self._show(step=step)
        if time.perf_counter() - self._sent_at >= FRAME:
            self._send()

    def move(self, by: int) -> None:
        """So many moments later, or earlier where `by` is negative."""
        there = places(self.line)
        now = self.line.step
        at = len(there) - 1 if now is None else bisect_left(self.line.kept, now)
        self.look(there[min(max(at + by, 0), len(there) - 1)])

    def to_first(self) -> None:
        """The earliest moment that is kept."""
        self.look(places(self.line)[0])

    def toggle_pin(self) -> None:
        """Keep the moment seen beside whatever is seen from now on, or let go of it."""
        bundle = self.canvas.bundle
        if self.line.pinned is None and (bundle is None or self.line.idle):
            self.changed.emit(self.line)
            return
        pinned = bundle.step if self.line.pinned is None and bundle is not None else None
        self.link.call(lambda engine: engine.pin(pinned))
        self._show(pinned=pinned)

    def release(self) -> None:
        """See now alone: the weights of before belong to another experiment."""
        if self.line.pinned is not None:
            self.toggle_pin()
        self._show(step=None)
        self._send()

    def show_view(self, name: str) -> None:
        """Another view is shown; without a network in it there is nothing to look back at."""
        self._show(idle=not VIEWS[name].network)

    def follow(self, before: Document, after: Document) -> None:
        """An edit of what is learned is an edit of now."""
        parts = ("source", "target", "path", "coupling", "network")
        if any(getattr(before, part) != getattr(after, part) for part in parts):
            self.release()

    def tick(self) -> None:
        """Once a frame: tell the newest wish, and show what has come."""
        self._send()
        beside, seen = self._beside(), self.canvas.bundle
        if (beside, seen) != self._titled:  # bundles are equal to themselves alone
            self._titled, self._titles = (beside, seen), self._titles_of(beside, seen)
            self.canvas.show_beside(beside, self._titles)

    def _beside(self) -> Bundle | None:
        if self.line.pinned is None or self.link.engine is None:
            return None
        return self.link.engine.pinned()

    def _titles_of(self, beside: Bundle | None, seen: Bundle | None) -> tuple[str, str]:
        if beside is None or seen is None:
            return "", ""
        now = self.line.step is None
        return step_words(beside.step), now_words(seen.step) if now else step_words(seen.step)

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
