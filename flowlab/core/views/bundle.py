"""A bundle of trajectories, read-only and readable at any t: all that a picture is drawn from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.core.document.arguments import numbers_of, row_of, time_of, times_in, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.views.knots import hermite, lerp, locate, sampled, weighted
from flowlab.core.views.packed import BLOCK, Packed
from flowlab.core.views.results import Extra

MOST_SAMPLES = 100_000  # of one path
ALONE = 250_000  # multiplications up to which OpenBLAS uses one thread


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldFrames:
    """Velocities on a lattice at several times; NaN where no mass passes (blank, not zero)."""

    times: Floats  # (T,)
    xs: Floats  # (W,) centres of the columns
    ys: Floats  # (H,) centres of the rows, upwards
    values: Floats  # (T, H, W, 2)

    def __post_init__(self) -> None:
        for array in (self.times, self.xs, self.ys, self.values):
            array.setflags(write=False)

    def at(self, t: float) -> Floats:
        """Velocity (H, W, 2) at `t`, linear between frames; NaN where either frame is blank."""
        i, s = locate(self.times, t)
        low: Floats = self.values[i]
        return low if s == 0.0 else lerp(low, self.values[i + 1], s)


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowError:
    """Errors of a learned flow against the exact flow of the same particles."""

    frames: FieldFrames  # learned minus exact velocity; NaN where hardly any mass passes
    weight: Floats  # (T, H, W), p_t over its largest value at that time
    speed: float  # root mean square of the exact velocity over all mass and times
    velocity: Floats  # (T,) rms error of the velocity, weighted by p_t, over that speed
    places: Floats  # (T,) rms distance of the particles over the shapes' rms radius
    places_error: Floats | None = None  # (T,) its standard error

    def weight_at(self, t: float) -> Floats:
        """Weights (H, W) at `t`, linear between frames."""
        i, s = locate(self.frames.times, t)
        low: Floats = self.weight[i]
        return low if s == 0.0 else lerp(low, self.weight[i + 1], s)

    def at(self, t: float) -> tuple[float, float]:
        """Both errors at `t`, linear between their times."""
        times, t = self.frames.times, time_of(t)
        return float(np.interp(t, times, self.velocity)), float(np.interp(t, times, self.places))

    def places_error_at(self, t: float) -> float | None:
        """The standard error of the particles' distance at `t`; None where it isn't known."""
        if self.places_error is None:
            return None
        error = float(np.interp(time_of(t), self.frames.times, self.places_error))
        return error if np.isfinite(error) else None


@dataclass(frozen=True, eq=False, kw_only=True)
class Bundle:
    """Paths of N particles at K knots, times ascending from 0 to 1 in either direction.

    Between knots a path is the cubic Hermite curve if `knot_velocities` are known, otherwise the
    straight line, which for Euler is exactly the polygon that the solver computed.
    """

    times: Floats  # (K,)
    points: Floats | Packed  # (K, N, 2)
    knot_velocities: Floats | Packed | None = None  # (K, N, 2), dx/dt at the knots
    method: str = ""
    direction: str = "forward"
    evaluations: int = 0  # network evaluations the solver spent on each particle
    revision: int = 0  # of the request it answers
    step: int = 0  # training step of the weights
    seconds: float = 0.0  # wall time of computing it, without what is cached
    labels: Ints | None = None  # (N,) class of each particle
    arrivals: Ints | None = None  # (N,) class where each ends, if only that end has classes
    classes: tuple[int, ...] = ()  # of a conditional flow; not all need occur in `labels`
    source: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))  # (M, 2) samples
    target: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))  # (M, 2) samples
    pairs: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))  # some x0, x1
    lattice: Bundle | None = None  # a square lattice carried by the flow, row by row
    lattice_shape: tuple[int, int] = (0, 0)  # rows, columns
    _interval: _Interval = field(default_factory=lambda: _Interval(), init=False, repr=False)
    field: FieldFrames | None = None
    raw: Bundle | None = None  # the same particles, carried by the weights that are not averaged
    exact: Bundle | None = None  # the same particles, carried by the exact velocity
    flow_error: FlowError | None = None  # of the learned flow against `exact`
    exact_note: str = ""  # how the exact velocity is known, or why it isn't
    extra: Extra | None = None  # a result of one room's own; the points are then no plain flow

    def __post_init__(self) -> None:
        ends = self.source, self.target, self.pairs
        for value in (self.times, self.points, self.knot_velocities, *ends):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def compact(self) -> Bundle:
        """The same paths with 16 bits per coordinate, exact to 0.05 % of the cloud's radius.

        For very many particles; the rounding is visible only when zoomed in far.
        """
        if isinstance(self.points, Packed):
            return self
        knot_velocities = (
            None if self.knot_velocities is None else Packed(np.asarray(self.knot_velocities))
        )
        raw = None if self.raw is None else self.raw.compact()
        exact = None if self.exact is None else self.exact.compact()
        extra = None if self.extra is None else self.extra.compact()
        points = Packed(self.points)
        return replace(
            self, points=points, knot_velocities=knot_velocities, raw=raw, exact=exact, extra=extra
        )

    @property
    def order(self) -> str:
        """Memory layout, "C" or "F", of the arrays (N, 2) that `at` fills fastest."""
        return "F" if isinstance(self.points, Packed) else "C"

    def at(self, t: float, out: Floats | None = None) -> Floats:
        """Positions (N, 2) at time `t` in [0, 1], in `out` (N, 2) float32 where that is given."""
        self._check_out(out)
        i, s = locate(self.times, t)
        if s == 0.0:
            return self._knot(i, out)
        if self.knot_velocities is None:
            return self._sum(i, (1 - s, 0.0, s, 0.0), out)
        h = float(self.times[i + 1] - self.times[i])
        a, b, c, d = hermite(s)
        return self._sum(i, (a, c * h, b, d * h), out)

    def several(self, times: list[float]) -> Floats:
        """Positions (T, N, 2) of few particles at nearby times, by two matrix products.

        A particle that is lost (not finite) at one of the knots read is lost at all these times.
        """
        times = times if isinstance(times, list) else list(row_of(times, "The times"))
        if not times:
            return np.empty((0, *self.points.shape[1:]), np.float32)
        last = len(self.times) - 2
        places = [locate(self.times, t) for t in times]
        places = [(i, s) if i <= last else (last, 1.0) for i, s in places]
        first = min(i for i, _ in places)
        knots = max(i for i, _ in places) + 2 - first
        if last < 0 or knots * len(times) * 2 * self.points.shape[1] > ALONE:
            return np.stack([self.at(t) for t in times])
        values, rises = np.zeros((2, len(times), knots), np.float32)
        for row, (i, s) in enumerate(places):
            h = float(self.times[i + 1] - self.times[i])
            a, b, c, d = (1 - s, s, 0.0, 0.0) if self.knot_velocities is None else hermite(s)
            values[row, i - first : i - first + 2] = a, b
            rises[row, i - first : i - first + 2] = c * h, d * h
        knots_read = slice(first, first + knots)
        with np.errstate(invalid="ignore", over="ignore"):  # of lost particles
            positions = values @ self.points[knots_read].reshape(knots, -1)
            if self.knot_velocities is not None:
                positions += rises @ self.knot_velocities[knots_read].reshape(knots, -1)
        return positions.reshape(len(times), *self.points.shape[1:])

    def velocity(self, t: float, out: Floats | None = None) -> Floats:
        """Velocities dx/dt (N, 2) along the paths at `t`; at a knot, of the piece after it."""
        self._check_out(out)
        if len(self.times) == 1:
            time_of(t)
            still = np.zeros(self.points.shape[1:], np.float32) if out is None else out
            still.fill(0.0)
            return still
        i, s = locate(self.times, t)
        if i == len(self.times) - 1:
            i, s = i - 1, 1.0
        h = float(self.times[i + 1] - self.times[i])
        if self.knot_velocities is None:
            return self._sum(i, (-1 / h, 0.0, 1 / h, 0.0), out)
        rise = 6 * s * (1 - s) / h
        return self._sum(i, (-rise, 1 - 4 * s + 3 * s * s, rise, 3 * s * s - 2 * s), out)

    def speed(self, t: float) -> Floats:
        """Speed |dx/dt| (N,) of the particles at `t`."""
        u, v = self.velocity(t).T
        speed: Floats = np.sqrt(u * u + v * v)
        return speed

    def path(self, index: int, samples: int = 65) -> Floats:
        """The path (S, 2) of one particle at `samples` evenly spaced times."""
        index = whole(index, "index, of a particle,", 0, self.count - 1)
        return self.paths(np.array([index]), samples)[:, 0]

    def paths(self, index: Ints, samples: int = 65) -> Floats:
        """The paths (S, n, 2) of the particles `index` at `samples` evenly spaced times."""
        whole(samples, "samples, of a path,", 1, MOST_SAMPLES)
        return self.select(index).sampled(np.linspace(0.0, 1.0, samples))

    def sampled(self, times: Floats) -> Floats:
        """Positions (T, N, 2) of few particles at any times: those of `at`, all at once."""
        times, points, velocities = times_in(times), self.points, self.knot_velocities
        if not len(times):
            return np.empty((0, *points.shape[1:]), np.float32)
        if isinstance(points, Packed) or isinstance(velocities, Packed) or len(self.times) == 1:
            return np.stack([self.at(float(t)) for t in times])
        return sampled(self.times, points, velocities, times)

    def select(self, index: Ints) -> Bundle:
        """The bundle of the particles `index` only, without clouds, lattice and field."""
        index = self._checked_index(index)
        knot_velocities = (
            None
            if self.knot_velocities is None
            else np.ascontiguousarray(self.knot_velocities[:, index])
        )
        labels = None if self.labels is None else self.labels[index]
        arrivals = None if self.arrivals is None else self.arrivals[index]
        return Bundle(
            times=self.times,
            points=np.ascontiguousarray(self.points[:, index]),
            knot_velocities=knot_velocities,
            labels=labels,
            arrivals=arrivals,
            classes=self.classes,
            method=self.method,
            direction=self.direction,
            step=self.step,
        )

    def _checked_index(self, index: Any) -> Ints:
        """Indices or a mask of particles as an array; raises `Invalid` for any that are not."""
        chosen = numbers_of(index, "index, of particles,")
        chosen = chosen if chosen.size else np.zeros(0, int)
        mask = chosen.dtype.kind == "b" and chosen.shape == (self.count,)
        whole_numbers = chosen.dtype.kind in "iu" and chosen.ndim == 1
        within = mask or not chosen.size or -self.count <= chosen.min() <= chosen.max() < self.count
        if not ((mask or whole_numbers) and within):
            what = f"whole numbers in a row, below {self.count}"
            raise Invalid(f"index, of particles, must be {what}, not {shown(index)}.")
        return chosen

    @property
    def flows(self) -> bool:
        """True if the points are particles carried by a velocity to the whole target."""
        return self.extra is None

    @property
    def count(self) -> int:
        """How many particles there are."""
        return int(self.points.shape[1])

    @property
    def start(self) -> float:
        """The t that the particles start from: 0, or 1 where they run in reverse."""
        return 0.0 if self.direction == "forward" else 1.0

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the paths, of the bundles in it, and of its cache."""
        paths = (self.points, self.knot_velocities, self.lattice, self.raw, self.exact)
        parts = (*paths, self.labels, self.arrivals, self._interval, self.extra)
        return sum(part.nbytes for part in parts if part is not None)

    def _check_out(self, out: Floats | None) -> None:
        """Raise `Invalid` unless positions can be written to `out`."""
        if out is None:
            return
        fits = isinstance(out, np.ndarray) and (out.shape, out.dtype) == (
            self.points.shape[1:],
            np.dtype(np.float32),
        )
        if not fits or not out.flags.writeable:
            what = f"a writable array ({self.count}, 2) of float32"
            raise Invalid(f"out must be {what}, not {shown(out)}.")

    def _knot(self, i: int, out: Floats | None) -> Floats:
        if out is None:
            return self.points[i]
        if isinstance(self.points, Packed):
            return self.points.knot(i, out)
        np.copyto(out, self.points[i])
        return out

    def _sum(self, i: int, weights: tuple[float, ...], out: Floats | None) -> Floats:
        """Sum of position and velocity at knot i, then at knot i + 1, each times its weight."""
        w = np.array(weights, np.float32)
        with np.errstate(invalid="ignore", over="ignore"):  # of lost particles
            if isinstance(self.points, Packed):
                return self._interval.sum(self, i, w, out)
            arrays = [self.points[i], self.points[i + 1]]
            if self.knot_velocities is None:
                return weighted(arrays, w[::2], out)
            arrays += [self.knot_velocities[i], self.knot_velocities[i + 1]]
            return weighted(arrays, w[[0, 2, 1, 3]], out)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_interval"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _interval=_Interval())
        self.__post_init__()


class _Interval:
    """Cache of the two knots around the time last read, as float32; they change rarely.

    An even knot lies in the first half of the rows and an odd one in the second, so that the next
    interval reads only one more knot. A lock, since exports read beside the window.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = [-1, -1]
        self._blocks = np.zeros((2, 0, 0, BLOCK), np.float32)  # axis, block, row, particle

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self._blocks.nbytes

    def sum(self, bundle: Bundle, i: int, weights: Floats, out: Floats | None) -> Floats:
        """Positions and velocities at knots i and i + 1 of a compact bundle times four weights."""
        columns = [
            part for part in (bundle.points, bundle.knot_velocities) if isinstance(part, Packed)
        ]
        count = columns[0].shape[1]
        result = out
        if result is None or not result.T.flags.c_contiguous:
            result = np.empty((2, count), np.float32).T
        with self._lock:
            self._widen(columns, i)
            even, odd = sorted((i, i + 1), key=lambda knot: knot % 2)
            for axis in (0, 1):
                steps = [packed.step[k, axis] for k in (even, odd) for packed in columns]
                each = weights.reshape(2, 2)[:: 1 if even == i else -1, : len(columns)]
                _blockwise(each.reshape(1, -1) * steps, self._blocks[axis], result[:, axis])
        if out is None or result is out:
            return result
        np.copyto(out, result)
        return out

    def _widen(self, columns: list[Packed], i: int) -> None:
        rows = 2 * len(columns)
        blocks = columns[0].codes.shape[2] // BLOCK
        if self._blocks.shape[1:3] != (blocks, rows):
            self._blocks = np.empty((2, blocks, rows, BLOCK), np.float32)
        for knot in (i, i + 1):
            if self._held[knot % 2] == knot:
                continue
            self._held[knot % 2] = knot
            for row, packed in enumerate(columns, knot % 2 * len(columns)):
                for axis in (0, 1):
                    packed.read(knot, axis, self._blocks[axis, :, row])


def _blockwise(weights: Floats, blocks: Floats, out: Floats) -> None:
    """out (N,) = weights (1, R) times blocks (B, R, BLOCK): small products, on one thread."""
    full = len(out) // BLOCK
    np.matmul(weights, blocks[:full], out=out[: full * BLOCK].reshape(full, 1, BLOCK))
    rest = len(out) - full * BLOCK
    if rest:
        np.matmul(weights, blocks[full, :, :rest], out=out[None, full * BLOCK :])
