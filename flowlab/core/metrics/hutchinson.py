"""Hutchinson's estimate of a flow's log-likelihood, beside the one by the exact divergence.

For a random z with E[z z^T] = I, E[z^T J z] is the trace of J (Hutchinson 1990). FFJORD (Grathwohl
et al. 2019, arXiv:1810.01367) takes one z a path, fixed along it, so that high dimensions need one
product a step. In the plane z = (+-1, +-1), and

    z^T J z = div v + z_1 z_2 (dv_1/dx_2 + dv_2/dx_1).

No path depends on z, so that one solve gives the estimates of all z: each adds or subtracts the
integral of the second term, which is thereby the standard deviation of a single one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.distributions.factory import Distribution
from flowlab.core.metrics.divergence import jacobian
from flowlab.core.metrics.likelihood import carried_back, settled_logs
from flowlab.core.solvers.field import Field


@dataclass(frozen=True, eq=False)
class PathLikelihoods:
    """Log densities (n,) at t = 1 by the exact divergence, and what a single z adds to them."""

    exact: Tensor
    cross: Tensor  # z_1 z_2 times this is added

    def estimate(self, z: Tensor) -> Tensor:
        """The mean (n,) of the estimates with the vectors z (k, n, 2) of +-1."""
        return self.exact + z.to(self.cross).prod(2).mean(0) * self.cross


def path_likelihoods(
    field: Field,
    source: Distribution,
    points: Tensor,
    *,
    steps: int,
    difference: float = 0.0,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> PathLikelihoods:
    """The likelihoods at points (n, 2) float64 by RK4; `difference` as the step of `jacobian`.

    Raises `Cancelled`.
    """

    def rates(x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        v, j = jacobian(field, x, t, difference)
        trace, cross = j[:, 0, 0] + j[:, 1, 1], j[:, 0, 1] + j[:, 1, 0]
        return v, torch.stack([trace, cross], 1)

    ends = carried_back(
        rates, source, points, width=2, steps=steps, cancelled=cancelled, progress=progress
    )
    return PathLikelihoods(settled_logs(ends[:, :2].sum(1), points), ends[:, 2].nan_to_num(0.0))


def rademacher(k: int, n: int, rng: torch.Generator) -> Tensor:
    """Vectors z (k, n, 2) int8 of independent signs."""
    return (2 * torch.randint(0, 2, (k, n, 2), generator=rng) - 1).to(torch.int8)
