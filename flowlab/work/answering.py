"""Answers questions to the engine, in one thread for each lane of the table."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.query import Query
from flowlab.work.latest_request import LatestRequest, ShouldStop, Superseded
from flowlab.work.queries import Answer, Asked, Known, Row, Slot, Table, row_of

A = TypeVar("A")
Kind = type[Query[Any]]


class Answers:
    """Accepts questions from any thread; `newest` has the answers as frozen values.

    Where a handler fails only its question is lost, and `problem` says why in a sentence. `hold()`
    and `release()` are called around questions during which training rests.
    """

    def __init__(
        self,
        table: Table,
        known: Callable[[], Known],
        hold: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        self._table, self._known, self._hold, self._release = table, known, hold, release
        self.newest: Mapping[Slot, Answer[Any]] = {}  # replaced as a whole
        self.problems: Mapping[Kind, str] = {}  # likewise
        self._progress: dict[Kind, tuple[int, float]] = {}  # of the newest under way, by its number
        self._last: dict[Kind, int] = {}  # number of the newest question of a kind
        self._void: dict[Kind, int] = {}  # up to which number they are dropped
        self._waiting: dict[Slot, Asked] = {}  # in the order of asking
        self._lock = threading.RLock()
        self._lanes = {
            name: LatestRequest(self._work, lambda *_: None, None, name)
            for name in dict.fromkeys(row.lane for row in table)
        }

    # --- what others call, from any thread -----------------------------------------------------

    def take_up(self, asked: Asked) -> None:
        """Have a question answered; raises `Invalid` where the table has no such row."""
        row = row_of(self._table, type(asked.query))
        with self._lock:
            self.problems = _without(self.problems, row.query)
            self._waiting.pop(row.slot(asked), None)
            if row.lasting and self._knows(row.slot(asked), asked):
                return
            self._waiting[row.slot(asked)] = asked
            self._last[row.query] = asked.number
            self._progress[row.query] = asked.number, 0.0
        if row.rests:
            self._hold()
        self._lanes[row.lane].submit(row.lane, patience=math.inf)

    def cancel(self, kind: Kind) -> None:
        """Drop the questions of a kind and the problem they caused."""
        row = row_of(self._table, kind)
        with self._lock:
            self._void[kind] = self._last.get(kind, 0)
            self._waiting = {k: asked for k, asked in self._waiting.items() if k[0] is not kind}
            self.problems = _without(self.problems, kind)
            ended = self._progress.pop(kind, None) is not None
        if ended and row.rests:
            self._release()

    def drop(self) -> None:
        """For another document: drop all questions and answers that depend on the document."""
        for row in self._table:
            if not row.lasting:
                self.cancel(row.query)
        with self._lock:
            lasting = {row.query for row in self._table if row.lasting}
            self.newest = {k: answer for k, answer in self.newest.items() if k[0] in lasting}

    def forgive(self) -> None:
        """Clear all problems; called when the person does something else."""
        self.problems = {}

    @property
    def problem(self) -> str:
        """The first problem as a sentence; empty without one."""
        return next(iter(self.problems.values()), "")

    @property
    def progress(self) -> dict[Kind, float]:
        """The share that is done of each running question whose progress is shown."""
        shares = self._progress.copy()
        return {row.query: shares[row.query][1] for row in self._table if _shows(row, shares)}

    def busy(self, kind: Kind) -> bool:
        """True if the lane of a kind is working or has a question waiting."""
        return self._lanes[row_of(self._table, kind).lane].busy

    def stop(self) -> bool:
        """Stop the threads; True if all have ended."""
        ended = [lane.stop() for lane in self._lanes.values()]
        return all(ended)

    # --- what runs in the threads --------------------------------------------------------------

    def _work(self, lane: str, stopping: ShouldStop) -> None:
        while not stopping() and (taken := self._take(lane)) is not None:
            self._handle(*taken, stopping)

    def _take(self, lane: str) -> tuple[Row, Asked] | None:
        """The oldest question that waits for this lane."""
        with self._lock:
            for slot, asked in self._waiting.items():
                row = row_of(self._table, slot[0])
                if row.lane == lane:
                    del self._waiting[slot]
                    return row, asked
        return None

    def _handle(self, row: Row, asked: Asked, stopping: ShouldStop) -> None:
        def cancelled() -> bool:
            return stopping() or self._is_void(asked) or row.slot(asked) in self._waiting

        def progress(share: float) -> None:
            with self._lock:
                if self._progress.get(row.query, (0, 0.0))[0] == asked.number:
                    self._progress[row.query] = asked.number, share

        try:
            value = row.answer()(self._known(), asked.query, cancelled, progress)
        except (Superseded, Cancelled):
            self._end(row, asked)
        except Exception as error:
            self._end(row, asked, problem=_sentence(row, error))
        else:
            self._end(row, asked, answer=Answer(asked.number, asked.query, value))

    def _end(
        self, row: Row, asked: Asked, answer: Answer[Any] | None = None, problem: str = ""
    ) -> None:
        with self._lock:
            newest = self._progress.get(row.query, (0, 0.0))[0] == asked.number
            if newest:
                del self._progress[row.query]
            if answer is not None and not self._is_void(asked):
                self._deliver(row.slot(asked), answer)
            if problem and not self._is_void(asked):
                self.problems = {**self.problems, row.query: problem}
        if newest and row.rests:
            self._release()

    def _deliver(self, slot: Slot, answer: Answer[Any]) -> None:
        earlier = self.newest.get(slot)
        if earlier is None or earlier.number < answer.number:
            self.newest = {**self.newest, slot: answer}

    def _is_void(self, asked: Asked) -> bool:
        return asked.number <= self._void.get(type(asked.query), 0)

    def _knows(self, slot: Slot, asked: Asked) -> bool:
        """True if the answer is there already; it then gets the new number."""
        known = self.newest.get(slot)
        if known is None or known.query != asked.query:
            return False
        self.newest = {**self.newest, slot: replace(known, number=asked.number)}
        return True


def _without(problems: Mapping[Kind, str], kind: Kind) -> dict[Kind, str]:
    return {each: problem for each, problem in problems.items() if each is not kind}


def _shows(row: Row, shares: Mapping[Kind, object]) -> bool:
    return row.shown and row.query in shares


def _sentence(row: Row, error: Exception) -> str:
    plain = isinstance(error, Invalid)
    return str(error) if plain else f"{row.title} failed: {error}".split("\n")[0]
