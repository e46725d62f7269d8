"""The plan of the view `wall_likelihood`: log p at t = 1 by the probability-flow ODE, as a map.

Along dx = s/2 (-dv), v the noise's variance falling from the uniform law to the data, log p changes
by -div s / 2 for each unit, so that log p(x) = -log area - (1/2) int div s dv over the path that
ends in x (Song et al. 2021, arXiv:2011.13456; reflected: Lou and Ermon 2023, arXiv:2304.04740).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.document import Document
from flowlab.core.domains import Domain
from flowlab.core.domains.noise_levels import total_variance
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.exact import exact_score
from flowlab.core.reflected.heat_results import WallLikelihood
from flowlab.core.reflected.reverse import Score
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_SIDE, _FEW = 72, 24  # cells of the longer side, and those of a quick answer
_KNOWN = 16.0  # nats below the peak; further below, the score is not known well enough
_APART = 2e-3  # of the walls' size, between the points of a divergence


def wall_likelihood(document: Document, network: Field, options: PlanOptions) -> Bundle:
    """log p of the data, blurred by sigma0, by the flow and from the density itself, on cells.

    Blank where hardly any data lie.

    The `extra` of the bundle, which has no particles, is the `WallLikelihood`. Raises `Cancelled`,
    or `Invalid` for walls that can't be, or a target outside.
    """
    del network
    began = time.perf_counter()
    settings, domain = document.reflected, walls_of(document.reflected)
    steps = settings.flow_steps
    variances = total_variance(settings, domain.size, np.linspace(1.0, 0.0, steps + 1))
    score = exact_score(document, steps)
    xs, ys = cells_of(domain, _FEW if options.coarse else _SIDE)
    points = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
    inside = domain.depth_beyond(points) <= 0
    found, truth = np.full((2, len(points)), np.nan)
    found[inside] = log_likelihood(
        domain, score, variances, points[inside], options.cancelled, options.progress
    )
    with np.errstate(divide="ignore"):
        truth[inside] = np.log(score.marginals[-1].density(points[inside]).numpy())
    found[truth < np.nanmax(truth) - _KNOWN] = np.nan
    mass = float(np.nansum(np.exp(found[inside]))) * domain.area / inside.sum()
    shape = len(ys), len(xs)
    extra = WallLikelihood(
        xs=xs.astype(np.float32),
        ys=ys.astype(np.float32),
        logs=found.reshape(shape).astype(np.float32),
        truth=truth.reshape(shape).astype(np.float32),
        mass=mass,
        steps=steps,
        bounds=domain.bounds,
    )
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        method="flow",
        evaluations=10 * steps,
        extra=extra,
        **ends_of(document, options),
        seconds=time.perf_counter() - began,
    )


def cells_of(domain: Domain, side: int) -> tuple[Doubles, Doubles]:
    """Centres of square cells over the walls' bounds, of which the longer side has so many."""
    x0, y0, x1, y1 = domain.bounds
    cell = domain.size / side
    columns, rows = (max(1, round(length / cell)) for length in (x1 - x0, y1 - y0))
    return (
        x0 + (x1 - x0) * (np.arange(columns) + 0.5) / columns,
        y0 + (y1 - y0) * (np.arange(rows) + 0.5) / rows,
    )


def log_likelihood(
    domain: Domain,
    score: Score,
    variances: Doubles,
    x: Doubles,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Doubles:
    """log p (n,) at points x (n, 2) of the data, by the flow back to the uniform law.

    By Heun's method at the variances (K + 1,), which fall. Raises `Cancelled`.
    """
    total, last = np.zeros(len(x)), len(variances) - 2
    for k in range(last, -1, -1):
        if cancelled is not None and cancelled():
            raise Cancelled
        rise = variances[k] - variances[k + 1]
        slope, spread = with_divergence(domain, score, x, k + 1)
        ahead = domain.within(x - rise / 2 * slope)
        later, spread_later = with_divergence(domain, score, ahead, k)
        x = domain.within(x - rise / 4 * (slope + later))
        total += rise / 2 * (spread + spread_later)
        if progress is not None:
            progress((last - k + 1) / (last + 1))
    logs: Doubles = -math.log(domain.area) - total / 2
    return logs


def with_divergence(domain: Domain, score: Score, x: Doubles, k: int) -> tuple[Doubles, Doubles]:
    """The score (n, 2) and its divergence (n,), by differences between points inside the walls."""
    h, spread = _APART * domain.size, np.zeros(len(x))
    for axis in (0, 1):
        shift = np.zeros(2)
        shift[axis] = h
        ahead, behind = domain.within(x + shift), domain.within(x - shift)
        gap = ahead[:, axis] - behind[:, axis]
        rise = score(ahead, k)[:, axis] - score(behind, k)[:, axis]
        spread += np.where(gap > 0, rise / np.where(gap > 0, gap, 1.0), 0.0)
    return score(x, k), spread
