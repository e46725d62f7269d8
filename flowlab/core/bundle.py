"""A whole trajectory, read-only, readable at any time: all that a picture is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Floats = np.ndarray[Any, Any]  # float32 throughout


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldFrames:
    """Velocities on a lattice at several times; NaN where no mass passes (blank, not zero)."""

    times: Floats  # (T,)
    xs: Floats  # (W,) centres of the columns
    ys: Floats  # (H,) centres of the rows, upwards
    values: Floats  # (T, H, W, 2)

    def at(self, t: float) -> Floats:
        """Velocity (H, W, 2) at `t`, linear between frames; NaN where either frame is blank."""
        i, s = _locate(self.times, t)
        low: Floats = self.values[i]
        return low if s == 0.0 else _lerp(low, self.values[i + 1], s)


@dataclass(frozen=True, eq=False, kw_only=True)
class Bundle:
    """Paths of N particles at K knots, times ascending from 0 to 1 whatever the direction run.

    Between knots a path is the cubic Hermite curve where `slopes` are known and the straight
    line where not, which for Euler is exactly the polygon that Euler computed.
    """

    times: Floats  # (K,)
    points: Floats  # (K, N, 2)
    slopes: Floats | None = None  # (K, N, 2), dx/dt at the knots
    method: str = ""
    direction: str = "forward"
    evaluations: int = 0  # network evaluations the solver spent on each particle
    revision: int = 0  # of the request it answers
    step: int = 0  # training step of the weights
    seconds: float = 0.0  # wall time that computing it took
    labels: np.ndarray[Any, Any] | None = None  # (N,) class of each particle
    source: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))  # (M, 2) samples
    target: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))  # (M, 2) samples
    lattice: Bundle | None = None  # a square lattice carried along, row by row
    lattice_shape: tuple[int, int] = (0, 0)  # rows, columns
    field: FieldFrames | None = None

    def __post_init__(self) -> None:
        for value in (self.times, self.points, self.slopes, self.source, self.target):
            if value is not None:
                value.setflags(write=False)

    def at(self, t: float) -> Floats:
        """Positions (N, 2) at time `t` in [0, 1]."""
        i, s = _locate(self.times, t)
        start: Floats = self.points[i]
        if s == 0.0:
            return start
        if self.slopes is None:
            return _lerp(start, self.points[i + 1], s)
        h = self.times[i + 1] - self.times[i]
        a, b, c, d = _hermite(np.float32(s))
        x: Floats = a * start + b * self.points[i + 1]
        x += (c * h) * self.slopes[i]
        x += (d * h) * self.slopes[i + 1]
        return x

    def path(self, index: int, samples: int = 65) -> Floats:
        """The path (S, 2) of one particle at `samples` evenly spaced times."""
        return self.paths(np.array([index]), samples)[:, 0]

    def paths(self, index: np.ndarray[Any, Any], samples: int = 65) -> Floats:
        """The paths (S, n, 2) of the particles `index` at `samples` evenly spaced times."""
        part = self.select(index)
        return np.stack([part.at(t) for t in np.linspace(0.0, 1.0, samples)])

    def select(self, index: np.ndarray[Any, Any]) -> Bundle:
        """The bundle of some of its particles alone, without clouds, lattice and field."""
        slopes = None if self.slopes is None else self.slopes[:, index]
        labels = None if self.labels is None else self.labels[index]
        return Bundle(
            times=self.times,
            points=self.points[:, index],
            slopes=slopes,
            labels=labels,
            method=self.method,
            direction=self.direction,
            step=self.step,
        )

    def speed(self, t: float) -> Floats:
        """Speed |dx/dt| (N,) at `t` by a central difference of the path itself."""
        low, high = max(0.0, t - 1e-2), min(1.0, t + 1e-2)
        step = (self.at(high) - self.at(low)) / np.float32(high - low)
        speed: Floats = np.hypot(step[:, 0], step[:, 1])
        return speed

    @property
    def start(self) -> float:
        """The t that the particles start from: 0, or 1 where they run in reverse."""
        return 0.0 if self.direction == "forward" else 1.0

    @property
    def nbytes(self) -> int:
        """Memory of the trajectory in bytes."""
        lattice = self.lattice.nbytes if self.lattice is not None else 0
        return self.points.nbytes * (1 if self.slopes is None else 2) + lattice


def _locate(times: Floats, t: float) -> tuple[int, float]:
    """Index i and share s with t = times[i] + s (times[i+1] - times[i]); clipped to the ends."""
    if t <= times[0] or len(times) == 1:
        return 0, 0.0
    if t >= times[-1]:
        return len(times) - 1, 0.0
    i = int(np.searchsorted(times, t, side="right")) - 1
    return i, float((t - times[i]) / (times[i + 1] - times[i]))


def _lerp(a: Floats, b: Floats, s: float) -> Floats:
    mixed: Floats = np.float32(1 - s) * a + np.float32(s) * b
    return mixed


def _hermite(s: np.float32) -> tuple[np.float32, ...]:
    """Weights of the two values and the two slopes in the cubic Hermite curve."""
    s2, s3 = s * s, s * s * s
    return (2 * s3 - 3 * s2 + 1, 3 * s2 - 2 * s3, s3 - 2 * s2 + s, s3 - s2)
