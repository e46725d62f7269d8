"""Evaluation points x_t of a document with the exact velocity at each."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import kind_of, whole
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.interfaces import Oracle, oracle_of
from flowlab.core.interpolants.parameterization import velocity_parameterization
from flowlab.core.interpolants.paths import interpolant_of

if TYPE_CHECKING:
    from flowlab.core.solvers.field import Field

FEWEST_POINTS, MOST_POINTS = 2, 10_000_000  # a standard error needs two
TIMES = 32  # a power of two; each costs a grid oracle one table


@dataclass(frozen=True)
class IrreducibleLoss:
    """The least mean of |v - I'|^2 and of |v|^2 / 2 - I'.v, each with its standard error.

    I' is dx_t/dt of a pair. If its mean square is infinite at an end of time, as on a Brownian
    bridge, times stay slightly away from it, as in training.
    """

    mse: float
    quadratic: float
    mse_error: float
    quadratic_error: float


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """Points x_t of pairs, their dx_t/dt, and the exact velocity there."""

    x: Tensor  # (n, 2) float32
    t: Tensor  # (n,) float32
    pair_velocity: Tensor  # (n, 2) float64, dx_t/dt
    exact: Tensor  # (n, 2) float64, E[dx_t/dt | x_t]; NaN where undefined

    def error(self, field: Field, most: int | None = None) -> float:
        """rms(learned - exact) / rms(exact) over all points, or over about `most` of them."""
        rows = slice(None, None, 1 if most is None else max(1, len(self.t) // most))
        learned = field.velocity(self.x[rows], self.t[rows]).to(self.exact)
        exact = self.exact[rows]
        known = exact.isfinite().all(1)
        off, size = (learned - exact)[known], exact[known]
        return float((off.square().sum() / size.square().sum()).sqrt())

    def floor(self) -> IrreducibleLoss:
        """The losses of the exact velocity, by Monte Carlo."""
        known = self.exact.isfinite().all(1)
        exact, pair_velocity = self.exact[known], self.pair_velocity[known]
        quadratic, quadratic_error = mean(-0.5 * exact.square().sum(1))
        mse, mse_error = mean((pair_velocity - exact).square().sum(1))
        return IrreducibleLoss(mse, quadratic, mse_error, quadratic_error)

    @classmethod
    def joined(cls, parts: list[EvaluationSet]) -> EvaluationSet:
        """All sets concatenated."""
        columns = zip(*((p.x, p.t, p.pair_velocity, p.exact) for p in parts), strict=True)
        return cls(*(torch.cat(column) for column in columns))


def mean(values: Tensor) -> tuple[float, float]:
    """Mean of values ordered by their strata of t, and its standard error.

    Differences of neighbours estimate the variance within strata; that between strata is no error.
    """
    spread = float(values.diff().square().mean() / 2)
    return float(values.mean()), math.sqrt(spread / len(values))


def draw_evaluation_sets(
    oracle: Oracle, document: Document, n: int, seed: int = 0
) -> Iterator[EvaluationSet]:
    """About n draws in `TIMES` sets of one time each, one in every stratum of [0, 1].

    The order of the strata covers [0, 1] evenly from the first few on.
    """
    rng = torch_rng(seed, Stream.EVALUATION)
    source, target = build(document.source), build(document.target)
    path = interpolant_of(document.path)
    times = velocity_parameterization(path).times
    rows = -(-n // TIMES)
    for k in range(TIMES):
        x0, x1 = source.sample(rows, rng), target.sample(rows, rng)
        z = torch.randn(rows, 2, generator=rng) if path.noisy else None
        t = times((_bit_reversed(k) + torch.rand((), generator=rng)) / TIMES).expand(rows)
        x = path.point(x0, x1, t, z)
        pair_velocity = path.velocity(x0, x1, t, z).double().expand(rows, 2)
        yield EvaluationSet(x, t, pair_velocity, oracle.velocity(x.double(), float(t[0])))


def _bit_reversed(k: int) -> int:
    """The bits of k in reverse order (van der Corput)."""
    width = TIMES.bit_length() - 1
    return int(f"{k:0{width}b}"[::-1], 2)


def reference(oracle: Oracle, document: Document, n: int = 20_000, seed: int = 0) -> EvaluationSet:
    """An evaluation set of at least n points over all times; raises `Invalid` for other values."""
    whole(n, "n, how many points,", 1, MOST_POINTS)
    whole(seed, "The seed", 0, 2**63 - 1)
    kind_of(document, Document, "The document", "a document")
    oracle = oracle_of(oracle)
    return EvaluationSet.joined(list(draw_evaluation_sets(oracle, document, n, seed)))


class GrowingEvaluationSet:
    """An evaluation set computed part by part, as time allows."""

    def __init__(self, oracle: Oracle, document: Document, n: int, seed: int = 0) -> None:
        whole(n, "n, how many points,", 1, MOST_POINTS)
        whole(seed, "The seed", 0, 2**63 - 1)
        kind_of(document, Document, "The document", "a document")
        oracle = oracle_of(oracle)
        self._rest = draw_evaluation_sets(oracle, document, n, seed)
        self._parts = [next(self._rest)]
        self._made = 1

    def grow(self, seconds: float) -> EvaluationSet:
        """The parts so far, and as many more as fit in these seconds; at least one more."""
        until = time.perf_counter() + seconds
        for part in self._rest:
            self._parts.append(part)
            self._made += 1
            if time.perf_counter() > until:
                break
        self._parts = [EvaluationSet.joined(self._parts)]
        return self._parts[0]

    def floor(self) -> IrreducibleLoss | None:
        """The irreducible loss, or None until enough times are covered."""
        if self._made < TIMES // 4:
            return None
        return EvaluationSet.joined(self._parts).floor()
