"""Matching source points with target points, many minibatches at once.

A batch holds n points of each side with equal masses. Every plan keeps these masses, so matching
changes neither marginal.
"""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from flowlab.core.distributions.categorical import sample_weighted

_FEW_ITERATIONS, _ITERATIONS = 4, 20  # at each larger regularisation; between error checks
_TOLERANCE, _ROUNDS = 3e-3, 5  # relative error of the masses; most error checks
_LOG_FLOOR = -60.0  # of log densities: smaller ones would be denormal numbers, and slow


def squared_distances(x0: Tensor, x1: Tensor) -> Tensor:
    """|x0_i - x1_j|^2, (..., n, m), of points (..., n, 2) and (..., m, 2)."""
    difference = x0[..., :, None, :] - x1[..., None, :, :]
    return difference[..., 0].square() + difference[..., 1].square()


def optimal_assignment(cost: Tensor, forbidden: Tensor | None = None) -> Tensor:
    """Columns (g, n) assigned to the rows of costs (g, n, n) at the least total cost.

    Exact, by shortest augmenting paths (Crouse 2016, in SciPy), on the CPU. `forbidden` (g, n, n)
    pairs are never matched, provided that they are those across the blocks of a partition.
    """
    costs = cost.cpu().double().numpy()
    if forbidden is not None:  # more than such a pair could save in total
        costs += forbidden.cpu().numpy() * (2 * costs.shape[-1] * (1 + costs.max()))
    columns = [torch.from_numpy(linear_sum_assignment(part)[1]) for part in costs]
    return torch.stack(columns).to(cost.device)


def sinkhorn_plan(cost: Tensor, regularisation: float, forbidden: Tensor | None = None) -> Tensor:
    """The entropic plan (..., n, m): argmin <P, cost> + regularisation * sum P (log P - 1).

    `forbidden` (..., n, m) pairs, those across the blocks of a partition, get no mass.

    Rows have mass 1 / n and columns 1 / m. Sinkhorn iterations (Cuturi 2013, arXiv:1306.0895) scale
    the plan's density a few times, then absorb the scalings into the log potentials f and g
    (Schmitzer 2019, arXiv:1610.06519). The regularisation starts at the largest cost and is halved,
    which squares the density; the means of rows and columns then stay between 1 and n, so nothing
    under- or overflows. `round_to_marginals` removes the remaining error in the masses.
    """
    if forbidden is not None:
        cost = cost + forbidden * (2 * cost.max() - _LOG_FLOOR * regularisation)
    potentials = (
        cost.new_zeros(*cost.shape[:-1], 1),
        cost.new_zeros(*cost.shape[:-2], 1, cost.shape[-1]),
    )
    e = float(cost.max())
    while e > regularisation:
        potentials, _ = _sinkhorn_iterations(potentials, cost, e, _FEW_ITERATIONS)
        e /= 2
    for _ in range(_ROUNDS):
        potentials, error = _sinkhorn_iterations(potentials, cost, regularisation, _ITERATIONS)
        if error < _TOLERANCE:
            break
    density = _plan_density(potentials, cost, regularisation)
    if forbidden is not None:
        density = density.masked_fill(forbidden, 0.0)
    plan = round_to_marginals(density / (cost.shape[-2] * cost.shape[-1]))
    return plan if forbidden is None else plan.masked_fill(forbidden, 0.0)


Potentials = tuple[Tensor, Tensor]  # f (..., n, 1) and g (..., 1, m)


def _plan_density(potentials: Potentials, cost: Tensor, e: float) -> Tensor:
    """The plan's density w.r.t. the independent plan, its logarithm clamped against overflow."""
    f, g = potentials
    return ((f + g - cost) / e).clamp(_LOG_FLOOR, -_LOG_FLOOR).exp()


def _sinkhorn_iterations(
    potentials: Potentials, cost: Tensor, e: float, iterations: int
) -> tuple[Potentials, float]:
    """The potentials after some Sinkhorn iterations at regularisation e.

    Also the mean relative error of the rows' masses before the last iteration.
    """
    f, g = potentials
    density = _plan_density(potentials, cost, e)
    rows, columns = density / cost.shape[-1], density.mT / cost.shape[-2]
    v = torch.ones_like(g.mT)
    u = torch.ones_like(f)
    for _ in range(iterations):
        mass = rows @ v
        error = (u * mass - 1).abs().mean()
        u = 1 / mass
        v = 1 / (columns @ u)
    return (f + e * u.log(), g + e * v.log().mT), float(error)


def round_to_marginals(plan: Tensor) -> Tensor:
    """The plan (..., n, m) with row sums of exactly 1 / n and column sums of 1 / m.

    Altschuler, Weed and Rigollet 2017 (arXiv:1705.09634), algorithm 2.
    """
    n, m = plan.shape[-2:]
    plan = plan * (1 / (n * plan.sum(-1, keepdim=True))).clamp_max(1)
    plan = plan * (1 / (m * plan.sum(-2, keepdim=True))).clamp_max(1)
    rows = (1 / n - plan.sum(-1, keepdim=True)).clamp_min(0)
    columns = (1 / m - plan.sum(-2, keepdim=True)).clamp_min(0)
    missing = rows.sum(-2, keepdim=True)
    return plan + rows * columns / missing.clamp_min(torch.finfo(plan.dtype).tiny)


def sample_plan(plan: Tensor, rng: torch.Generator) -> Tensor:
    """A column (..., n) for each row of plans (..., n, m), sampled in proportion to its mass."""
    u = torch.rand(*plan.shape[:-1], 1, generator=rng, device=rng.device, dtype=plan.dtype)
    return sample_weighted(plan, u)[..., 0]


def line_cost(x0: Tensor, x1: Tensor, lines: Tensor, reach: float) -> Tensor:
    """Cost (..., n, m) of pairing x0 with x1 where the user drew lines (k, 4) from a to b.

    A line has weight w = (1 - |x0 - a|^2 / reach^2)^2 at x0, 0 beyond its reach. The desired
    partner of x0 is x0 + (the mean of b - a weighted by w). The cost is the squared distance from
    it, times the largest w. So a point out of reach of all lines costs nothing and takes any
    partner that is left.
    """
    starts, shifts = lines[:, :2], lines[:, 2:] - lines[:, :2]
    w = (1 - squared_distances(x0, starts) / reach**2).clamp_min(0).square()  # (..., n, k)
    total = w.sum(-1, keepdim=True)
    place = x0 + (w @ shifts) / total.clamp_min(torch.finfo(w.dtype).tiny)
    return w.amax(-1)[..., None] * squared_distances(place, x1)
