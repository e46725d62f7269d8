"""Matching as many source points with target points, many small batches at once.

Every batch holds n points of each side, all of the same mass; what is matched keeps those masses,
so that no matching changes the distribution of either side.
"""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from flowlab.core.distributions.categorical import by_weights

_FEW_ITERATIONS, _ITERATIONS = (
    4,
    20,
)  # scalings at a regularisation on the way, and between looks at the error
_TOLERANCE, _ROUNDS = 3e-3, 5  # relative error of the masses that will do, and how many such looks
_LOG_FLOOR = (
    -60.0
)  # logarithm of densities that are nothing; smaller ones would be slow to compute with


def squared_distances(x0: Tensor, x1: Tensor) -> Tensor:
    """|x0_i - x1_j|^2, (..., n, m), of points (..., n, 2) and (..., m, 2)."""
    difference = x0[..., :, None, :] - x1[..., None, :, :]
    return difference[..., 0].square() + difference[..., 1].square()


def optimal_assignment(cost: Tensor, forbidden: Tensor | None = None) -> Tensor:
    """Columns (g, n) that the rows of costs (g, n, n) are assigned at the least total cost.

    Exact, by shortest augmenting paths (Crouse 2016, as SciPy has it); runs on the CPU. Rows and
    columns `forbidden` (g, n, n) never meet, if they are those of different blocks of a partition.
    """
    costs = cost.cpu().double().numpy()
    if forbidden is not None:  # dearer than all that such a pair could save the others
        costs += forbidden.cpu().numpy() * (2 * costs.shape[-1] * (1 + costs.max()))
    columns = [torch.from_numpy(linear_sum_assignment(part)[1]) for part in costs]
    return torch.stack(columns).to(cost.device)


def sinkhorn_plan(cost: Tensor, regularisation: float, forbidden: Tensor | None = None) -> Tensor:
    """The plan (..., n, m) that minimises <P, cost> + regularisation * sum P (log P - 1).

    Where rows and columns are `forbidden` (..., n, m), in different blocks of a partition, it has
    no
    mass.

    Rows weigh 1 / n and columns 1 / m. Potentials f and g stay logarithms, scaled a few times by
    the density of their plan, whose mean along every row and column is one. Beginning at the
    largest cost, the regularisation is halved, which squares that density: its means can then
    only grow, and not beyond n, so that nothing under- or overflows however small it becomes
    (Cuturi 2013, arXiv:1306.0895; scaling and absorbing as in Schmitzer 2019, arXiv:1610.06519).
    What is left of an error in the masses is taken away by `round_to_marginals`.
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
    """The plan over that of independent draws; bounded, as potentials far off would overflow."""
    f, g = potentials
    return ((f + g - cost) / e).clamp(_LOG_FLOOR, -_LOG_FLOOR).exp()


def _sinkhorn_iterations(
    potentials: Potentials, cost: Tensor, e: float, iterations: int
) -> tuple[Potentials, float]:
    """The potentials once rows and columns have been brought to their masses so many times.

    Also the mean relative error of the rows' masses before the last time.
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
    """The plan (..., n, m) with rows of exactly 1 / n and columns of 1 / m, changed very little.

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
    """For each row of plans (..., n, m) a column (..., n), drawn in proportion to its mass."""
    u = torch.rand(*plan.shape[:-1], 1, generator=rng, device=rng.device, dtype=plan.dtype)
    return by_weights(plan, u)[..., 0]


def line_cost(x0: Tensor, x1: Tensor, lines: Tensor, reach: float) -> Tensor:
    """Cost (..., n, m) of pairing x0 with x1 where a person drew lines (k, 4) from a to b.

    A line speaks for x0 with w = (1 - |x0 - a|^2 / reach^2)^2 within its reach, and with 0 beyond.
    The lines that speak for x0 would carry it to x0 + (their mean b - a, weighted by w); missing
    that place costs the square of the distance, times the largest w. So a point that no line
    speaks for costs nothing wherever it goes, and takes what is left.
    """
    starts, shifts = lines[:, :2], lines[:, 2:] - lines[:, :2]
    w = (1 - squared_distances(x0, starts) / reach**2).clamp_min(0).square()  # (..., n, k)
    total = w.sum(-1, keepdim=True)
    place = x0 + (w @ shifts) / total.clamp_min(torch.finfo(w.dtype).tiny)
    return w.amax(-1)[..., None] * squared_distances(place, x1)
