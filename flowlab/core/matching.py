"""Matching as many source points with target points, many small batches at once.

Every batch holds n points of each side, all of the same mass; what is matched keeps those masses,
so that no matching changes the distribution of either side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

_CLOSE = 1e-2  # relative error of a column's mass at which Sinkhorn's iterations end
_MOST = 100  # of them, at the regularisation that was asked for
_LOOKS = 5  # iterations between two looks at the error


def squared_distances(x0: Tensor, x1: Tensor) -> Tensor:
    """|x0_i - x1_j|^2, (..., n, m), of points (..., n, 2) and (..., m, 2)."""
    gap = x0[..., :, None, :] - x1[..., None, :, :]
    return gap[..., 0].square() + gap[..., 1].square()


def assigned(cost: Tensor) -> Tensor:
    """Columns (g, n) that the rows of costs (g, n, n) are assigned at the least total cost.

    Exact, by shortest augmenting paths (Crouse 2016, as SciPy has it); runs on the CPU.
    """
    found = [torch.from_numpy(linear_sum_assignment(part)[1]) for part in cost.cpu().numpy()]
    return torch.stack(found).to(cost.device)


def sinkhorn_plan(cost: Tensor, regularisation: float) -> Tensor:
    """The plan (..., n, m) that minimises <P, cost> + regularisation * sum P (log P - 1).

    Rows weigh 1 / n and columns 1 / m. Potentials stay logarithms throughout, so that nothing
    under- or overflows, and the regularisation is lowered to the one wanted by halves, so that
    few iterations do (Cuturi 2013, arXiv:1306.0895; Peyré and Cuturi 2019, section 4.4). What the
    iterations leave of an error in the masses is taken away by `rounded`.
    """
    n, m = cost.shape[-2:]
    g = cost.new_zeros(*cost.shape[:-2], m)
    f = cost.new_zeros(*cost.shape[:-2], n)
    for number, e in enumerate(_cooling(float(cost.max()), regularisation)):
        f = -e * (torch.logsumexp((g[..., None, :] - cost) / e, -1) - math.log(m))
        if e == regularisation and number % _LOOKS == 0:
            plan = _plan(f, g, cost, e)
            if float((plan.sum(-2) * m - 1).abs().mean()) < _CLOSE:
                return rounded(plan)
        g = -e * (torch.logsumexp((f[..., :, None] - cost) / e, -2) - math.log(n))
    return rounded(_plan(f, g, cost, regularisation))


def _cooling(largest: float, regularisation: float) -> Iterator[float]:
    """From the largest cost by halves down to the regularisation, which is then kept."""
    e = largest
    while e > regularisation:
        yield e
        e /= 2
    yield from (regularisation for _ in range(_MOST))


def _plan(f: Tensor, g: Tensor, cost: Tensor, e: float) -> Tensor:
    n, m = cost.shape[-2:]
    return ((f[..., :, None] + g[..., None, :] - cost) / e - math.log(n * m)).exp()


def rounded(plan: Tensor) -> Tensor:
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


def drawn(plan: Tensor, dice: torch.Generator) -> Tensor:
    """For each row of plans (..., n, m) a column (..., n), drawn in proportion to its mass."""
    mass = plan.cumsum(-1)
    u = torch.rand(*plan.shape[:-1], 1, generator=dice, device=dice.device, dtype=plan.dtype)
    found = torch.searchsorted(mass, u * mass[..., -1:], right=True)[..., 0]
    return found.clamp_max(plan.shape[-1] - 1)


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
