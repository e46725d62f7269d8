"""The quality of a field: its samples against the target's, its velocity against the exact one.

None of this is on a contender's clock. All contenders are judged with the same start points and
the same solver (classical RK4, 8 steps), so that only training is compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import closed_form
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.threads import threads_used

DIRECTIONS = 64  # evenly spread over the half circle, the same in every comparison
STEPS = 8  # of the solver
_FLOOR_PAIRS = 24
_ROWS = 4096
_VELOCITIES = 20_000  # points x_t at which the velocity is compared
_STROKE_POINTS = 100_000


def carry(field: Field, x: Tensor, steps: int = STEPS) -> Tensor:
    """Classical Runge-Kutta from t = 0 to t = 1, independent of the product's implementation."""
    return torch.cat([_carry(field, part, steps) for part in torch.split(x, _ROWS)])


def _carry(field: Field, x: Tensor, steps: int) -> Tensor:
    h = 1 / steps
    for i in range(steps):
        t = i * h
        k1 = field.velocity(x, t)
        k2 = field.velocity(x + h / 2 * k1, t + h / 2)
        k3 = field.velocity(x + h / 2 * k2, t + h / 2)
        k4 = field.velocity(x + h * k3, t + h)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


def distances(x: Floats, y: Floats) -> tuple[float, float]:
    """Sliced W2 and energy distance of two clouds (n, 2) of one size, from the same projections.

    In the plane E|x - y| is pi/2 times its mean over all directions of the projected distance, and
    sums of distances on a line follow from ranks: sum_{i<j} |z_i - z_j| = sum (2i - n + 1) z_(i).
    """
    angle = np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    direction = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    px, py = (np.ascontiguousarray((cloud @ direction).T) for cloud in (x, y))  # (P, n)
    both = np.sort(np.concatenate([px, py], 1), 1)
    px.sort(1)
    py.sort(1)
    w2 = float(np.sqrt(np.square(px - py).mean()))
    within = _spread(px) + _spread(py)
    energy = np.pi / 2 * (2 * (_spread(both) - within) - 2 * within) / len(x) ** 2
    return w2, float(np.sqrt(max(energy, 0.0)))


def _spread(ordered: Floats) -> float:
    """Mean over rows of the sum of distances between all pairs."""
    n = ordered.shape[1]
    return float((ordered @ (2.0 * np.arange(n) - n + 1)).mean())


@dataclass(frozen=True)
class Verdict:
    """Sliced W2 and energy distance over their floors; velocity error, None without an oracle."""

    sliced: float
    energy: float
    velocity: float | None

    @property
    def both(self) -> float:
        """The worse of the two distances."""
        return max(self.sliced, self.energy)


class Judge:
    """Fixed starts, references and exact velocities of one document."""

    def __init__(self, document: Document, points: int, pairs: int, seed: int = 0) -> None:
        rng = torch_rng(seed, Stream.JUDGE)
        source, target = build(document.source), build(document.target)
        self.starts = source.sample(points * pairs, rng)
        self.references = [target.sample(points, rng).numpy() for _ in range(pairs)]
        fresh = [
            distances(target.sample(points, rng).numpy(), target.sample(points, rng).numpy())
            for _ in range(_FLOOR_PAIRS)
        ]
        self.floors = np.mean(fresh, axis=0)  # of sliced W2 and energy distance
        self.exact = _Exact.of(document, rng)

    def judge(self, field: Field, threads: int = 1) -> Verdict:
        """Judge the field: each generated cloud is compared with its reference and the next one."""
        with threads_used(threads):
            arrived = carry(field, self.starts).numpy()
            error = None if self.exact is None else self.error(field)
        if not np.isfinite(arrived).all():
            return Verdict(np.inf, np.inf, error)
        clouds = np.split(arrived, len(self.references))
        following = [*self.references[1:], self.references[0]]
        pairs = zip(clouds * 2, [*self.references, *following], strict=True)
        values = [distances(x, y) for x, y in pairs]
        sliced, energy = np.mean(values, axis=0) / self.floors
        return Verdict(float(sliced), float(energy), error)

    def error(self, field: Field) -> float:
        """rms |v - v*| / rms |v*|, over x_t with t uniform; only between Gaussian mixtures."""
        assert self.exact is not None
        v = field.velocity(self.exact.x, self.exact.t).double()
        return float(((v - self.exact.v).square().sum() / self.exact.v.square().sum()).sqrt())


@dataclass(frozen=True, eq=False)
class _Exact:
    """Points x_t, t uniform, and the exact velocity there."""

    x: Tensor
    t: Tensor
    v: Tensor

    @classmethod
    def of(cls, document: Document, rng: torch.Generator) -> _Exact | None:
        oracle = closed_form(document)
        if oracle is None:
            return None
        t = torch.rand(_VELOCITIES, generator=rng)
        x = oracle.sample(t, rng)
        return cls(x.float(), t, oracle.velocity(x, t))


class Strokes:
    """How close samples are to the ink of a shape, which sliced W2 hardly measures."""

    def __init__(self, document: Document, points: int, deviation: float, seed: int = 0) -> None:
        rng = torch_rng(seed, Stream.STROKES)
        bare = build(replace(document.target, noise=0.0))
        self.tree = cKDTree(bare.sample(_STROKE_POINTS, rng).numpy())
        self.deviation = deviation
        self.starts = build(document.source).sample(points, rng)
        self.fresh = float(self._distance(build(document.target).sample(points, rng)).mean())

    def judge(self, field: Field) -> tuple[float, float]:
        """Share farther than 4 deviations from the ink; mean distance over that of fresh samples.

        Both distances are to 100,000 points of the shape without its noise.
        """
        far = self._distance(carry(field, self.starts))
        return float((far > 4 * self.deviation).mean()), float(far.mean()) / self.fresh

    def _distance(self, x: Tensor) -> Floats:
        distances: Floats = self.tree.query(x.numpy())[0]
        return distances
