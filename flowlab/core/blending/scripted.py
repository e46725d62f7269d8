"""The functions for scripts: chains and single deblendings between any two distributions."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.blending.chaining import linked
from flowlab.core.blending.factory import deblender_of
from flowlab.core.blending.interfaces import MOST_TRIES, Deblender, Drawn, Generators
from flowlab.core.blending.results import Chain
from flowlab.core.distributions.checks import generator_of, points_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import is_real, row_of, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.shapes import FURTHEST, Shape
from flowlab.core.document.specs import Spec, shape_of
from flowlab.core.exact.interfaces import Points
from flowlab.core.views.bundle import Bundle

_AGAIN = 30
MOST_BEADS = 1 << 25  # 800 MB of beads and pairs


def chain(
    source: Spec,
    target: Spec,
    n: int,
    steps: int | None = None,
    generator: torch.Generator | None = None,
    *,
    alphas: Sequence[float] | None = None,
    deblend: str = "exact",
    start: Points | None = None,
    most: int = MOST_TRIES,
) -> Bundle:
    """Run `n` chains of `steps` blends and deblends, or through `alphas` rising from 0 to 1.

    Each step deblends x_alpha, drawing (x0, x1) given (1 - alpha) x0 + alpha x1 = x_alpha, and
    blends that pair at the next alpha (Heitz, Belcour and Chambon 2023, "Iterative
    alpha-(de)blending", arXiv:2305.03486). Returns a bundle: `times` (N + 1,) are the alphas,
    `points` (N + 1, n, 2) the beads, distributed exactly as p_alpha for every N, and `extra` the
    pairs. `deblend` is "exact", "rejection" (the article's, from the source) or "cheaper" (from the
    end that rejects less often); the last two give up after `most` proposals for one pair.
    `start` (n, 2) replaces the draws of x0. Raises `Invalid` for wrong arguments, shapes that
    cannot be built, starts outside the source, or more than fits into memory.
    """
    began = time.perf_counter()
    n = whole(n, "Chains")
    knots = _knots(n, steps, alphas)
    rng = Generators(generator_of(generator, "cpu"))
    ends = shape_of(source), shape_of(target)
    deblender = deblender_of(*ends, deblend, most)
    x0 = deblender.sources(n, rng) if start is None else _checked_start(start, n, ends[0])
    links = linked(deblender, x0, knots, rng)
    pairs = Chain(
        x0=links.x0,
        x1=links.x1,
        tries=links.tries,
        unfinished=links.unfinished,
        note=deblender.note,
    )
    return Bundle(
        times=np.array(knots, np.float32),
        points=links.points,
        method=f"chain, {deblend}",
        extra=pairs,
        exact_note=deblender.note,
        seconds=time.perf_counter() - began,
    )


def _knots(n: int, steps: int | None, alphas: Sequence[float] | None) -> tuple[float, ...]:
    """The alphas of `n` chains, from steps or as given; raises `Invalid`."""
    if steps is not None and alphas is not None:
        raise Invalid("Give steps or alphas, not both: the alphas say how many steps there are.")
    beads = whole(steps, "Steps") + 1 if alphas is None else len(_rising(alphas))
    if n * beads > MOST_BEADS:
        raise Invalid("So many chains of so many steps do not fit into memory; take fewer.")
    return _even(beads - 1) if alphas is None else _rising(alphas)


def deblend(
    source: Spec,
    target: Spec,
    x: Points,
    alpha: float,
    generator: torch.Generator | None = None,
    *,
    by: str = "exact",
    most: int = MOST_TRIES,
) -> tuple[Tensor, Tensor]:
    """Draw a pair (x0, x1), each (n, 2), given its blend x (n, 2) at `alpha`, 0 < alpha < 1.

    The pair is a draw from p(x0, x1 | x), proportional to p0(x0) p1(x1) on
    (1 - alpha) x0 + alpha x1 = x: the deblending of Heitz, Belcour and Chambon 2023
    (arXiv:2305.03486). `by` names the deblender, as in `chain`. Raises `Invalid` where x lies
    outside the support of p_alpha, or no pair is accepted within `most` proposals.
    """
    if not _within(alpha):
        raise Invalid(f"α must lie between 0 and 1 to deblend there, not {shown(alpha)}.")
    points, like = points_of(x)
    deblender = deblender_of(shape_of(source), shape_of(target), by, most)
    rng, columns = Generators(generator_of(generator, "cpu")), _columns(points, len(points))
    drawn = _drawn_again(deblender, columns, float(alpha), rng)
    lost = int((~drawn.found).sum())
    if lost:
        raise Invalid(
            f"No pair of these two distributions was found to blend into {lost} of the "
            f"{len(points)} points at α = {alpha:g}; they may lie outside what can be blended."
        )
    x0, x1 = (torch.from_numpy(ends.T.copy()).to(like) for ends in (drawn.x0, drawn.x1))
    return x0, x1


def _drawn_again(deblender: Deblender, x: Floats, alpha: float, rng: Generators) -> Drawn:
    """Pairs for points (2, n); the draw is repeated for the few points that got none by chance."""
    drawn = deblender.draw(x, alpha, rng)
    for _ in range(_AGAIN if deblender.reuses_pair else 0):
        lost = np.flatnonzero(~drawn.found)
        if not 0 < len(lost) <= 1 + x.shape[1] // 50:
            break
        again = deblender.draw(x[:, lost], alpha, rng)
        drawn.x0[:, lost], drawn.x1[:, lost] = again.x0, again.x1
    return drawn


def _even(steps: int) -> tuple[float, ...]:
    """The alphas k / N, each rounded once, so that the last is exactly 1."""
    return tuple(k / steps for k in range(steps + 1))


def _within(alpha: Any) -> bool:
    return is_real(alpha) and 0 < float(alpha) < 1


def _rising(alphas: Any) -> tuple[float, ...]:
    message = "The values of α must increase from 0 to 1, for example 0, 0.2, 0.5, 1."
    try:
        knots = row_of(alphas, "alphas")
    except Invalid:
        raise Invalid(message) from None
    rising = all(before < after for before, after in pairwise(knots))
    if len(knots) < 2 or not rising or (knots[0], knots[-1]) != (0.0, 1.0):
        raise Invalid(message)
    return knots


def _checked_start(start: Points, n: int, source: Shape) -> Floats:
    """`start` (n, 2) as x0 (2, n); raises `Invalid` for points outside the source's support."""
    x0, distribution = _columns(start, n), build(source)
    cloud = distribution.cloud()
    if cloud is not None and cloud[1] == 0:
        _check_among(x0, cloud[0].numpy(), n)
    elif distribution.has_log_prob:
        outside = int((distribution.log_prob(x0.T) == -math.inf).sum())
        if outside:
            raise Invalid(f"{outside} of the {n} starts lie outside the source; start within it.")
    return x0


def _check_among(x0: Floats, points: Floats, n: int) -> None:
    """Raise `Invalid` unless all of x0 (2, n) are points (N, 2) of a cloud, rounding aside."""
    near = 1e-5 * max(1.0, float(np.abs(points).max()))
    far = int((cKDTree(points).query(x0.T)[0] > near).sum())
    if far:
        raise Invalid(f"{far} of the {n} starts are none of the source's points; start at some.")


def _columns(x: Points, n: int) -> Floats:
    points, _ = points_of(x)
    if len(points) != n or not bool(points.isfinite().all()):
        raise Invalid(f"There must be {n} points, all of finite numbers.")
    if len(points) and float(points.double().abs().max()) > FURTHEST:
        raise Invalid(f"Points must be at most {FURTHEST:g} in size.")
    columns: Floats = points.double().cpu().T.contiguous().numpy()
    return columns
