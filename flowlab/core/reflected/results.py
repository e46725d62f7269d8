"""The results of the views of particles between walls; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from flowlab.core.array_types import AnyArray, Doubles, Floats, Ints
from flowlab.core.estimates import Estimate
from flowlab.core.reflected.settings import WAYS
from flowlab.core.views.bundle import Bundle

FORWARD = "forward"  # the process of the noise alone
TITLES = {
    **WAYS,
    FORWARD: "Forward process",
    "sde": "Reverse SDE",
    "annealed": "Annealed",
    "flow": "Flow ODE",
}
PARTS = 3  # of a slow step: to the mean, along the noise, and to where the walls let it end
Box = tuple[float, float, float, float]  # x0, y0, x1, y1


def _empty(*shape: int) -> Floats:
    return np.zeros(shape, np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class Hits:
    """Where and when the first particles met the walls, in the order of the forward process."""

    recorded: int = 0  # particles whose hits these are
    particle: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # (m,)
    t: Floats = field(default_factory=lambda: _empty(0))  # (m,), falling for each particle
    place: Floats = field(default_factory=lambda: _empty(0, 2))  # (m, 2)
    arc: Floats = field(default_factory=lambda: _empty(0))  # (m,) length along the walls

    def __post_init__(self) -> None:
        for array in (self.particle, self.t, self.place, self.arc):
            array.setflags(write=False)

    def of(self, particle: int) -> tuple[Floats, Floats]:
        """The times (k,) and places (k, 2) of one particle's hits, by ascending t."""
        own = np.flatnonzero(self.particle == particle)[::-1]
        return self.t[own], self.place[own]

    def along(self, t: float, length: float, cells: int) -> tuple[Floats, Floats]:
        """Hits of a particle on each stretch of the walls from the data back to t, with errors.

        In the mean over the recorded particles, for each unit of length; (cells,) each. Hits of
        different particles are independent, those of one are not.
        """
        past = self.t >= t
        cell = np.clip((self.arc[past] / length * cells).astype(np.int64), 0, cells - 1)
        own, counts = np.unique(self.particle[past] * cells + cell, return_counts=True)
        each, n = own % cells, max(1, self.recorded)
        mean = np.bincount(each, counts, cells) / n
        square = np.bincount(each, counts.astype(np.float64) ** 2, cells) / n
        error = np.sqrt(np.maximum(square - mean**2, 0.0) / n)
        stretch = length / cells
        return (mean / stretch).astype(np.float32), (error / stretch).astype(np.float32)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(array.nbytes for array in (self.particle, self.t, self.place, self.arc))


@dataclass(frozen=True, eq=False, kw_only=True)
class Decaying:
    """What is left of the slowest tone of the walls, against the noise that was added."""

    variance: Doubles  # (J,) of each coordinate's noise
    sizes: Doubles  # (J,) root mean square of density / uniform - 1 that it makes
    rate: float  # lambda_1: it falls as e^(-rate variance / 2)
    noise: float  # what so many uniform samples show by chance

    def expected(self, variance: Doubles) -> Doubles:
        """What is left (J,) of what the data have of it, by theory."""
        first = float(self.sizes[np.argmin(self.variance)])
        left: Doubles = first * np.exp(-self.rate * variance / 2)
        return left


@dataclass(frozen=True, eq=False, kw_only=True)
class Motion:
    """Particles between walls: their noise, the walls' push on them, and where they met them.

    Of the forward process, which runs from the data at t = 1 to the noise at t = 0.
    """

    times: Doubles  # (K,) ascending
    variance: Doubles  # (K,) of each coordinate's noise added until then, without walls
    local_time: Doubles  # (K,) the walls' push on a particle until then, in the mean
    local_time_error: Doubles  # (K,) its standard error
    uniform_rate: float  # of the local time of the uniform law, for each unit of variance
    hits: Hits = field(default_factory=Hits)
    length: float = 0.0  # of all walls
    bounds: Box = (-1.0, -1.0, 1.0, 1.0)
    notes: tuple[str, ...] = ()  # what was changed to make walls of the drawing
    decay: Decaying | None = None  # None for a quick first answer, and where nothing decays
    rooms: Doubles = field(default_factory=lambda: np.zeros((1, 0)))  # (m, R) shares by ascending t
    stopped: int = 0  # steps that had too many walls to meet, and ended where they got

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        arrays = self.times, self.variance, self.local_time, self.local_time_error
        return self.hits.nbytes + sum(array.nbytes for array in arrays)

    def compact(self) -> Motion:
        """The same: paths alone take much memory."""
        return self

    def pushed(self, t: float) -> Estimate:
        """The local time of a particle from the data until t, in the mean."""
        return Estimate(
            float(np.interp(t, self.times, self.local_time)),
            float(np.interp(t, self.times, self.local_time_error)),
        )

    def in_rooms(self, t: float) -> Doubles:
        """The share of the particles in each of several rooms (R,), as counted near t."""
        shares: Doubles = self.rooms[round(t * (len(self.rooms) - 1))]
        return shares

    @property
    def rooms_keep(self) -> bool:
        """True if every room has had the same share at all times looked at."""
        return bool((self.rooms == self.rooms[0]).all())

    def added(self, t: float) -> float:
        """The variance of each coordinate's noise added from the data until t."""
        return float(np.interp(t, self.times, self.variance))

    def uniform_push(self, t: float) -> float:
        """The local time that the uniform law would have by then."""
        return self.uniform_rate * self.added(t)


@dataclass(frozen=True, eq=False, kw_only=True)
class Way:
    """One way to stay between walls: which particles do, at every step."""

    name: str
    leaked: Doubles  # (K,) share outside
    on_walls: Doubles  # (K,) share exactly on the walls
    expected: float | None = None  # on or beyond the walls in the long run, where that is known
    saturated: float | None = None  # share at t = 1 within a thousandth of the walls, or beyond
    left: float | None = None  # share of all steps that reach beyond the walls
    leavers: int | None = None  # particles of which some step does
    free_leavers: int | None = None  # the same by the learned score that isn't made tangent
    stopped: int = 0  # steps that had too many walls to meet, and ended where they got

    def at(self, times: AnyArray, t: float, which: str) -> float:
        """A share at the time nearest to t."""
        k = int(np.abs(times - t).argmin())
        return float(getattr(self, which)[min(k, len(times) - 1)])


@dataclass(frozen=True, eq=False, kw_only=True)
class Ways:
    """The same starts and the same noise, each kept between the walls in its way."""

    ways: tuple[Way, ...]
    bundles: tuple[Bundle, ...]
    bounds: Box = (-1.0, -1.0, 1.0, 1.0)
    refused: tuple[tuple[str, str], ...] = ()  # ways that can't be had, and why

    @property
    def stopped(self) -> int:
        """Steps of all ways that had too many walls to meet."""
        return sum(way.stopped for way in self.ways)

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the paths that aren't the bundle's own."""
        return sum(bundle.nbytes for bundle in self.bundles[:-1])

    def compact(self) -> Self:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, bundles=tuple(bundle.compact() for bundle in self.bundles))


@dataclass(frozen=True, eq=False, kw_only=True)
class Guided(Ways):
    """The same while data are generated, beside samples of what is."""

    data: Bundle  # at rest
    exact: bool = True  # the score
    rough: bool = False  # of a first answer: fewer steps, by a score on few cells


@dataclass(frozen=True, eq=False, kw_only=True)
class Fresh:
    """Samples of the target between the walls, and how far other fresh samples are from them."""

    reference: Floats  # (n, 2)
    w2: Estimate
    energy: Estimate

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.reference)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sampled:
    """Particles that one process carried to the data."""

    kind: str
    bundle: Bundle
    left: float  # share of all steps that would have left the walls
    w2: Estimate | None = None  # at t = 1, to the target
    energy: Estimate | None = None
    stopped: int = 0  # steps that had too many walls to meet, and ended where they got


@dataclass(frozen=True, eq=False, kw_only=True)
class Sampling:
    """The same starts carried to the data by several processes."""

    panes: tuple[Sampled, ...]
    fresh: Fresh | None  # None for a quick first answer
    blur: float  # deviation by which the data are blurred at t = 1
    bounds: Box = (-1.0, -1.0, 1.0, 1.0)
    exact: bool = True  # the score
    rough: bool = False  # of a first answer: a score on few cells

    @property
    def stopped(self) -> int:
        """Steps of all processes that had too many walls to meet."""
        return sum(pane.stopped for pane in self.panes)

    @property
    def nbytes(self) -> int:
        """Memory in bytes of what isn't the bundle's own."""
        fresh = 0 if self.fresh is None else self.fresh.reference.nbytes
        return fresh + sum(pane.bundle.nbytes for pane in self.panes[1:])

    def compact(self) -> Self:
        """The same with 16 bits for each coordinate of the paths."""
        panes = tuple(replace(pane, bundle=pane.bundle.compact()) for pane in self.panes)
        return replace(self, panes=panes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Moment:
    """How far the clouds of two processes are apart at one t."""

    t: float
    apart: Estimate  # sliced W2 of both
    floor: Estimate  # of two clouds of the forward process


@dataclass(frozen=True, eq=False, kw_only=True)
class BothWays(Sampling):
    """The forward process and the reverse one, at the same times."""

    moments: tuple[Moment, ...] = ()  # none of a quick first answer

    def near(self, t: float) -> Moment | None:
        """The moment nearest to t."""
        return min(self.moments, key=lambda each: abs(each.t - t), default=None)


def sampling_of(bundle: Bundle | None) -> Sampling | None:
    """The sampling by several processes that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Sampling) and not isinstance(extra, BothWays) else None


def both_ways_of(bundle: Bundle | None) -> BothWays | None:
    """The forward and the reverse process that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, BothWays) else None


@dataclass(frozen=True, eq=False, kw_only=True)
class SlowSteps:
    """Every part of every step of a reverse process; (K, n, 2) each."""

    way: str
    begins: Floats  # where each step begins
    predicted: Floats  # the mean of the next position that the score predicts
    means: Floats  # the mean that is used
    free: Floats  # with the noise
    ends: Floats  # where each step ends
    scores: Floats
    variances: Doubles  # (K + 1,) falling
    exact: bool = True
    bounds: Box = (-1.0, -1.0, 1.0, 1.0)
    stopped: int = 0  # steps that had too many walls to meet, and ended where they got

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.begins)

    def step_at(self, t: float) -> tuple[int, float]:
        """The step that t belongs to, and which share of it is done: all of it where it ends."""
        k = max(0, math.ceil(t * self.count - 1e-9) - 1)
        return k, min(1.0, t * self.count - k)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        parts = self.begins, self.predicted, self.means, self.free, self.ends, self.scores
        return sum(part.nbytes for part in parts)

    def compact(self) -> SlowSteps:
        """The same: its particles are few."""
        return self


def slow_steps_of(bundle: Bundle | None) -> SlowSteps | None:
    """The steps that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, SlowSteps) else None


def motion_of(bundle: Bundle | None) -> Motion | None:
    """The motion that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Motion) else None


def ways_of(bundle: Bundle | None) -> Ways | None:
    """The ways that a bundle of noise alone holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Ways) and not isinstance(extra, Guided) else None


def guided_of(bundle: Bundle | None) -> Guided | None:
    """The ways that a bundle of generated data holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Guided) else None
