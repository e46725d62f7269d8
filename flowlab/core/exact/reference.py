"""Evaluation points x_t of a document with the exact velocity at each."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from flowlab.core.document.arguments import kind_of, seed_of, whole
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, root_estimate
from flowlab.core.exact.interfaces import Oracle, oracle_of
from flowlab.core.exact.strata import ratio
from flowlab.core.interpolants.couplings import FixedCoupler, IndependentCoupler, coupler_of
from flowlab.core.interpolants.parameterization import velocity_parameterization
from flowlab.core.interpolants.paths import interpolant_of

if TYPE_CHECKING:
    from flowlab.core.solvers.field import Field

MOST_SWEEPS = 10_000
FEWEST_POINTS, MOST_POINTS = 2, 10_000_000  # a standard error needs two
STRATA = 16  # of [0, 1], a power of two; a sweep has one time in each
SWEEPS = 4  # of a reference; each time costs a grid oracle one table


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
    """Points x_t of pairs, their dx_t/dt, and the exact velocity there.

    Every point belongs to a sweep, which has one time in each stratum of [0, 1]. Estimates use
    whole sweeps only, once there is one.
    """

    x: Tensor  # (n, 2) float32
    t: Tensor  # (n,) float32
    pair_velocity: Tensor  # (n, 2) float64, dx_t/dt
    exact: Tensor  # (n, 2) float64, E[dx_t/dt | x_t]; NaN where undefined
    stratum: Tensor  # (n,) int64
    sweep: Tensor  # (n,) int64

    def error(self, field: Field, most: int | None = None) -> Estimate:
        """rms(learned - exact) / rms(exact) over all points, or over about `most` of them."""
        points = self.known.thinned(most)
        off = field.velocity(points.x, points.t).to(points.exact) - points.exact
        share = points.ratio(off.square().sum(1), points.exact.square().sum(1))
        return root_estimate(share)

    def floor(self) -> IrreducibleLoss:
        """The losses of the exact velocity, by Monte Carlo."""
        points = self.known
        one = torch.ones(len(points.t), dtype=torch.float64)
        quadratic = points.ratio(-0.5 * points.exact.square().sum(1), one)
        mse = points.ratio((points.pair_velocity - points.exact).square().sum(1), one)
        return IrreducibleLoss(float(mse), float(quadratic), mse.error, quadratic.error)

    @property
    def known(self) -> EvaluationSet:
        """The points of whole sweeps with an exact velocity; of the first sweep until it is whole.

        An oracle that is undefined everywhere leaves none, and NaN as every estimate.
        """
        sweeps = self.sweeps
        rows = self.exact.isfinite().all(1) & (self.sweep < max(1, sweeps))
        return self._rows(rows)

    @property
    def sweeps(self) -> int:
        """The number of whole sweeps."""
        last = int(self.sweep.max())
        whole = len(set(self.stratum[self.sweep == last].tolist())) == STRATA
        return last + whole

    def thinned(self, most: int | None) -> EvaluationSet:
        """About `most` of the points, evenly from all times."""
        if most is None or len(self.t) <= most:
            return self
        return self._rows(slice(None, None, max(1, len(self.t) // most)))

    def ratio(self, values: Tensor, weights: Tensor) -> Estimate:
        """sum of values (n,) / sum of weights (n,), with its standard error."""
        shape = STRATA, int(self.sweep.max()) + 1 if len(self.sweep) else 1
        places = self.stratum.numpy(), self.sweep.numpy()
        return ratio(values.double().numpy(), weights.double().numpy(), *places, shape)

    def _rows(self, rows: Tensor | slice) -> EvaluationSet:
        return EvaluationSet(*(getattr(self, each.name)[rows] for each in fields(self)))

    @classmethod
    def joined(cls, parts: list[EvaluationSet]) -> EvaluationSet:
        """All sets concatenated."""
        names = [each.name for each in fields(cls)]
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def mean(values: Tensor) -> tuple[float, float]:
    """Mean of values ordered by their strata of t, and its standard error.

    Differences of neighbours estimate the variance within strata; that between strata is no error.
    """
    spread = float(values.diff().square().mean() / 2)
    return float(values.mean()), math.sqrt(spread / len(values))


def draw_evaluation_sets(
    oracle: Oracle, document: Document, rows: int, sweeps: int, seed: int = 0
) -> Iterator[EvaluationSet]:
    """Sets of `rows` points of one time each, one in every stratum of [0, 1] a sweep.

    The order of the strata covers [0, 1] evenly from the first few on. Pairs are those of the
    document's coupling.
    """
    rng = torch_rng(seed_of(seed), Stream.EVALUATION)
    path = interpolant_of(document.path)
    times = velocity_parameterization(path).times
    x0s, x1s = sample_coupled(document, rows * STRATA * sweeps, rng)
    parts = zip(torch.split(x0s, rows), torch.split(x1s, rows), strict=True)
    for k, (x0, x1) in enumerate(parts):
        z = torch.randn(rows, 2, generator=rng) if path.noisy else None
        stratum = _bit_reversed(k % STRATA)
        t = times((stratum + torch.rand((), generator=rng)) / STRATA).expand(rows)
        x = path.point(x0, x1, t, z)
        pair_velocity = path.velocity(x0, x1, t, z).double().expand(rows, 2)
        exact = oracle.velocity(x.double(), float(t[0]))
        where = (torch.full((rows,), i) for i in (stratum, k // STRATA))
        yield EvaluationSet(x, t, pair_velocity, exact, *where)


def sample_coupled(document: Document, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """`n` pairs x0, x1 (n, 2) of the document's coupling, in random order.

    A minibatch coupling matches all of them anew, since its bank repeats pairs, and the pairs of a
    batch, which depend on each other, are scattered.
    """
    coupler = coupler_of(document)
    if isinstance(coupler, IndependentCoupler | FixedCoupler):
        return coupler.draw(n, rng)
    x0, x1 = coupler.fresh(n, rng)
    order = torch.randperm(n, generator=rng)
    return x0[order], x1[order]


def _bit_reversed(k: int) -> int:
    """The bits of k in reverse order (van der Corput)."""
    width = STRATA.bit_length() - 1
    return int(f"{k:0{width}b}"[::-1], 2)


def reference(oracle: Oracle, document: Document, n: int = 20_000, seed: int = 0) -> EvaluationSet:
    """An evaluation set of at least n points over all times; raises `Invalid` for other values."""
    rows = -(-whole(n, "n, how many points,", 1, MOST_POINTS) // (STRATA * SWEEPS))
    kind_of(document, Document, "The document", "a document")
    oracle = oracle_of(oracle)
    return EvaluationSet.joined(list(draw_evaluation_sets(oracle, document, rows, SWEEPS, seed)))


class GrowingEvaluationSet:
    """An evaluation set computed part by part, as time allows."""

    def __init__(
        self, oracle: Oracle, document: Document, rows: int, sweeps: int, seed: int = 0
    ) -> None:
        kind_of(document, Document, "The document", "a document")
        whole(rows, "rows, how many points of one time,", 1, MOST_POINTS)
        whole(sweeps, "sweeps", 1, MOST_SWEEPS)
        self._rest = draw_evaluation_sets(oracle_of(oracle), document, rows, sweeps, seed)
        self._points, self._sweeps = next(self._rest), sweeps

    def grow(self, seconds: float) -> EvaluationSet:
        """The parts so far, and as many more as fit in these seconds; at least one more."""
        until, parts = time.perf_counter() + seconds, [self._points]
        for part in self._rest:
            parts.append(part)
            if time.perf_counter() > until:
                break
        self._points = EvaluationSet.joined(parts)
        return self._points

    @property
    def is_whole(self) -> bool:
        """True if all sweeps are computed."""
        return self._points.sweeps >= self._sweeps

    def floor(self) -> IrreducibleLoss | None:
        """The irreducible loss, or None until its error is known, which needs two sweeps."""
        return self._points.floor() if self._points.sweeps >= 2 else None
