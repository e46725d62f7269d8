"""The plan of the view `likelihood`: log p at t = 1 by the change of variables, as maps.

log p_1(x) = log p_0(X_0) - int_0^1 div b(X_t, t) dt along the path that ends at x.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.learning.conditioning import class_shown, one_class_at_a_time
from flowlab.core.learning.field import ClassVelocity
from flowlab.core.metrics.hutchinson import PathLikelihoods, path_likelihoods, rademacher
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.threads import carrying_threads
from flowlab.core.stochastic.derivatives import difference_of
from flowlab.core.stochastic.likelihood_results import (
    DIVERGENCE,
    HUTCHINSON,
    TRUE,
    LikelihoodMaps,
)
from flowlab.core.stochastic.settings import MOST_VECTORS
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.field_frames import axes_over
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

NO_DENSITY = (
    "The likelihood needs the source's density, which is not known for this source: choose a "
    "Gaussian or another shape that has one."
)
_AROUND = 0.06  # of the extent of both ends, left free on each side of the grid


@dataclass(frozen=True)
class _Size:
    columns: int  # on the longer side
    steps: int  # of RK4
    samples: int  # of the target


_FULL, _COARSE = _Size(80, 16, 2000), _Size(36, 8, 200)


@dataclass(frozen=True, eq=False)
class _Solved:
    """What depends on the velocity: the likelihoods of cells and samples in one row."""

    paths: PathLikelihoods
    seconds: float


_solved: LruCache[_Solved] = LruCache(4)


@one_class_at_a_time
def likelihood(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Maps of log p_1 by the exact divergence and by Hutchinson's estimate, and the true one.

    The paths are solved once for a velocity and cached, so that another number of z is quick. A
    coarse answer has larger cells and fewer steps, unless the fine one is cached. Raises
    `Cancelled`, or `Invalid` where the source has no density.
    """
    if not build(document.source).has_log_prob:
        raise Invalid(NO_DENSITY)
    flow, exact, note = flow_shown(document, field)
    size = _FULL if not options.coarse or _key(document, flow, _FULL) in _solved else _COARSE
    xs, ys = grid_over(document, size.columns)
    points = _points(document, xs, ys, size.samples)
    solved = _solved.get(
        _key(document, flow, size), lambda: _solve(document, flow, points, size, options)
    )
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=replace(
            _maps(document, solved.paths, points, (xs, ys), size, exact),
            condition=class_shown(field),
        ),
        exact_note=note,
        evaluations=4 * size.steps,
        seconds=solved.seconds,
        **ends_of(document, options),
    )


def grid_over(document: Document, columns: int) -> tuple[Floats, Floats]:
    """Centres of square cells over both ends, and a little around them."""
    xs, ys = axes_over(document, columns)
    h, more = float(xs[1] - xs[0]), max(1, round(_AROUND * columns))
    return _wider(xs, h, more), _wider(ys, h, more)


def _wider(axis: Floats, h: float, more: int) -> Floats:
    steps = np.arange(-more, len(axis) + more)
    wide: Floats = (float(axis[0]) + h * steps).astype(np.float32)
    return wide


def _key(document: Document, flow: Field, size: _Size) -> Hashable:
    """What the solved paths depend on; the exact field depends on the document alone."""
    whose: object = flow
    if isinstance(flow, ClassVelocity):  # made anew for each request
        whose = flow.conditional, flow.condition
    elif hasattr(flow, "oracle"):
        whose = document.path, document.coupling
    return whose, document.source, document.target, document.seed, size


def _points(document: Document, xs: Floats, ys: Floats, samples: int) -> Tensor:
    """The cells' centres, row by row, then samples of the target: (H W + samples, 2) float64."""
    x, y = np.meshgrid(xs, ys)
    cells = torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2)).double()
    return torch.cat([cells, _samples(document.target, document.seed, samples)])


@lru_cache(maxsize=8)
def _samples(target: Shape, seed: int, n: int) -> Tensor:
    rng = torch_rng(seed, Stream.LIKELIHOOD_SAMPLES)
    return build(target).sample(n, rng).double()


def _solve(
    document: Document, flow: Field, points: Tensor, size: _Size, options: PlanOptions
) -> _Solved:
    """The likelihoods of all points, divided among the request's threads."""
    began, source = time.perf_counter(), build(document.source)
    parts = torch.chunk(points, max(1, options.workers))
    shares = [0.0] * len(parts)

    def teller(k: int) -> Callable[[float], None]:
        def tell(share: float) -> None:
            shares[k] = share
            if options.progress is not None:
                options.progress(sum(shares) / len(shares))

        return tell

    def solved(k: int) -> PathLikelihoods:
        return path_likelihoods(
            flow,
            source,
            parts[k],
            steps=size.steps,
            difference=difference_of(document, flow),
            cancelled=options.cancelled,
            progress=teller(k),
        )

    if len(parts) == 1:
        return _Solved(solved(0), time.perf_counter() - began)
    with carrying_threads(len(parts)) as pool:
        found = list(pool.map(solved, range(len(parts))))
    paths = PathLikelihoods(
        torch.cat([each.exact for each in found]), torch.cat([each.cross for each in found])
    )
    return _Solved(paths, time.perf_counter() - began)


def _maps(
    document: Document,
    paths: PathLikelihoods,
    points: Tensor,
    axes: tuple[Floats, Floats],
    size: _Size,
    exact: bool,
) -> LikelihoodMaps:
    target, k = build(document.target), document.stochastic.vectors
    logs = {DIVERGENCE: paths.exact, HUTCHINSON: paths.estimate(_z(document.seed, len(points), k))}
    if target.has_log_prob:
        logs[TRUE] = target.log_prob(points.float()).double()
    shape, cells = (len(axes[1]), len(axes[0])), len(axes[0]) * len(axes[1])
    samples = {name: each[cells:].numpy() for name, each in logs.items()}
    return LikelihoodMaps(
        xs=axes[0],
        ys=axes[1],
        logs={name: each[:cells].reshape(shape).float().numpy() for name, each in logs.items()},
        cross=paths.cross[:cells].reshape(shape).float().numpy(),
        vectors=k,
        means={name: _mean(each) for name, each in samples.items()},
        gap=_mean(samples[TRUE] - samples[DIVERGENCE]) if TRUE in samples else None,
        missed=int((~np.isfinite(samples[DIVERGENCE])).sum()),
        steps=size.steps,
        exact=exact,
    )


def _mean(values: Floats) -> Estimate:
    """The mean with its standard error; infinite if one value is."""
    if np.isfinite(values).all():
        return mean_estimate(values)
    return Estimate(float(values.mean()), n=len(values))


@lru_cache(maxsize=2)
def _all_z(seed: int, n: int) -> Tensor:
    return rademacher(MOST_VECTORS, n, torch_rng(seed, Stream.HUTCHINSON))


def _z(seed: int, n: int, k: int) -> Tensor:
    """The first k of the vectors z (k, n, 2) of each of n points."""
    return _all_z(seed, n)[:k]
