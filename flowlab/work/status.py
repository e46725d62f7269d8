"""What the engine is doing, as frozen values that any thread may read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.losses import Regression
from flowlab.core.learning.weights import TrainingRecord
from flowlab.work.figures import ByTime, Figure
from flowlab.work.kept import RunFacts

LATEST = 20  # blocks of the loss curve, in the figure of the loss
_MOST = 2000  # points of the loss curve
_COLUMNS = 4  # of a recorder's table: step, both losses, and seconds of training until then
_OF_WEIGHTS = (  # measures
    "of_step", "sliced_w2", "sliced_w2_floor", "sliced_w2_spread", "velocity_error",
    "flow_cost", "flow_least", "straightness",
)  # fmt: skip
_WINDOW = 1.0  # seconds of training over which the rate is measured


def _none() -> Floats:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class History:
    """The losses so far, evenly thinned to at most 2000 points."""

    steps: Floats = field(default_factory=_none)
    mse: Floats = field(default_factory=_none)
    quadratic: Floats = field(default_factory=_none)
    since: int = 0  # step from which on they are those of the present pairs and path

    @property
    def losses(self) -> dict[str, Floats]:
        """The curves as a session stores them; none where there is nothing yet."""
        if not len(self.steps):
            return {}
        curves = {"step": self.steps, "mse": self.mse, "quadratic": self.quadratic}
        return {**curves, "since": np.array([float(self.since)])} if self.since else curves

    @property
    def latest(self) -> Floats:
        """The mean squared errors of the latest blocks, of the present pairs and path only."""
        begin = int(np.searchsorted(self.steps, self.since, side="right"))
        return self.mse[begin:][-LATEST:]


def history_of(losses: Mapping[str, Floats]) -> History:
    """Stored losses as a history."""
    if not losses:
        return History()
    steps, mse, quadratic = (losses[name] for name in ("step", "mse", "quadratic"))
    since = int(losses["since"][0]) if "since" in losses else 0
    return History(steps=steps, mse=mse, quadratic=quadratic, since=since)


@dataclass(frozen=True, eq=False, kw_only=True)
class Measures:
    """The live metrics; None where a value isn't known (yet).

    Values are `Estimate`s: floats with their standard errors.
    """

    of_step: int | None = None  # of the weights that they are measured of
    mse_floor: float | None = None
    quadratic_floor: float | None = None
    sliced_w2: float | None = None
    sliced_w2_floor: float | None = None  # of fresh samples to the same reference
    sliced_w2_spread: float | None = None  # standard deviation of the floor
    velocity_error: float | None = None
    unknown: str | None = None  # why it isn't known, and neither are the floors of the loss
    crossings: float | None = None  # per pair of straight lines between the points of pairs
    meetings: float | None = None  # of those, at nearly the same t
    pair_cost: float | None = None  # E|x1 - x0|^2 of the pairs
    least_cost: float | None = None  # of any coupling of the same points
    flow_cost: float | None = None  # E|X1 - X0|^2 of the paths
    flow_least: float | None = None  # of any coupling of the same ends of paths
    straightness: float | None = None  # int E|X1 - X0 - dX/dt|^2 dt of the paths
    # Variance of a gradient at times (n,), from independent samples and from antithetic pairs.
    variances: tuple[Floats, Floats, Floats] | None = None

    def without_weights(self) -> Measures:
        """Those that don't depend on the weights: they are the same at every step."""
        return replace(self, **dict.fromkeys(_OF_WEIGHTS))


@dataclass(frozen=True, eq=False, kw_only=True)
class Status(Measures):
    """The state of the work in progress, as the window's panels show it."""

    state: str = "idle"  # or training, paused, stopped
    reason: str = ""  # why it stopped
    problem: str = ""  # what in the document can't be used; the last good state stays
    step: int = 0
    seconds: float = 0.0  # spent training
    steps_per_second: float = 0.0
    device: str = ""
    history: History = field(default_factory=History)
    regression: Regression = field(default_factory=Regression)  # whose losses the history has
    nfe: int = 0  # network evaluations a particle, of the newest bundle
    memory: int = 0  # bytes of the newest bundle
    sampling_seconds: float = 0.0
    progress: Mapping[type, float] = field(default_factory=dict)  # of questions under way
    steps_kept: tuple[int, ...] = ()  # steps of the snapshots that can be looked back to
    looking_back: int | None = None  # the step shown; None: the newest
    seconds_then: float = 0.0  # spent training until that step; NaN if it isn't known
    sampling: float | None = None  # share that is done of the bundle being made, if it is slow
    pinned: int | None = None  # the step of the pinned snapshot
    figures: Mapping[str, Figure] = field(default_factory=dict)  # of the metrics panel
    branch: int | None = None  # number of the present training; None before the first
    runs: tuple[RunFacts, ...] = ()  # all trainings that can be gone on with, the newest last
    by_time: ByTime | None = None


class Recorder:
    """Collects losses in the training thread; a history it returns never changes afterwards."""

    def __init__(self) -> None:
        self._rows = np.empty((_MOST, _COLUMNS)), 0  # a table, and how many of its rows are in use
        self._group: list[tuple[float, float, float, float]] = []
        self._each = 1  # blocks that one row is the mean of
        self._times: deque[tuple[float, int]] = deque()
        self.seconds = 0.0
        self.step = 0
        self.since = 0  # step at which what is learned changed last

    @classmethod
    def of(cls, record: TrainingRecord) -> Recorder:
        """A recorder that continues a saved training."""
        made = cls()
        made.step, made.seconds = record.weights.step, record.weights.seconds
        stored = history_of(record.losses)
        made.since = stored.since
        unknown = np.full(len(stored.steps), np.nan)
        columns = [stored.steps, stored.mse, stored.quadratic, unknown]
        rows = np.stack(columns, axis=1, dtype=float)
        made._use(rows[rows[:, 0] <= made.step])
        return made

    def add(self, step: int, mse: float, quadratic: float, seconds: float) -> None:
        """Add a block of training that took `seconds` and ended at `step`."""
        self.step = step
        self.seconds += seconds
        self._times.append((self.seconds, step))
        while self.seconds - self._times[0][0] > _WINDOW and len(self._times) > 2:
            self._times.popleft()
        self._group.append((step, mse, quadratic, self.seconds))
        if len(self._group) >= self._each:
            self._append(np.mean(self._group, axis=0))
            self._group = []

    def _append(self, row: Floats) -> None:
        """Append a row; rows in use never change, so that any thread may read them."""
        table, used = self._rows
        table[used] = row
        self._rows = table, used + 1
        if used + 1 == _MOST:
            self._use(table)

    def _use(self, rows: Floats) -> None:
        """Continue from these rows in a new table, averaged to fewer rows than its size."""
        while len(rows) >= _MOST:
            pairs = rows[: len(rows) // 2 * 2].reshape(-1, 2, _COLUMNS)
            rows, self._each = pairs.mean(axis=1), 2 * self._each
        table = np.empty((_MOST, _COLUMNS))
        table[: len(rows)] = rows
        self._rows = table, len(rows)

    def history(self) -> History:
        """The losses so far."""
        table, used = self._rows
        rows = table[:used].astype(np.float32)
        since = self.since
        return History(steps=rows[:, 0], mse=rows[:, 1], quadratic=rows[:, 2], since=since)

    def copy(self) -> Recorder:
        """A recorder that goes on from here; this one isn't changed by it."""
        made = Recorder()
        table, used = self._rows
        made._rows, made._each, made._group = (table.copy(), used), self._each, [*self._group]
        made.step, made.seconds, made.since = self.step, self.seconds, self.since
        return made

    def seconds_at(self, step: int) -> float:
        """Seconds spent training until that step; NaN if it isn't known, as in a saved training."""
        table, used = self._rows
        if step <= 0:
            return 0.0
        steps, seconds = (
            [0.0, *table[:used, k], end] for k, end in ((0, self.step), (3, self.seconds))
        )
        return float(np.interp(step, steps, seconds))

    @property
    def rate(self) -> float:
        """Steps a second over the last second of training."""
        times = tuple(self._times)
        if len(times) < 2:
            return 0.0
        (early, first), (late, last) = times[0], times[-1]
        return (last - first) / max(late - early, 1e-9)
