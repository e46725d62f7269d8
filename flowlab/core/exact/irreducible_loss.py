"""The least loss that any network can reach."""

from __future__ import annotations

import torch

from flowlab.core.distributions.checks import generator_of
from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid
from flowlab.core.exact.interfaces import Oracle, oracle_of
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.exact.reference import (
    FEWEST_POINTS,
    MOST_POINTS,
    IrreducibleLoss,
    mean,
    reference,
)
from flowlab.core.interpolants.parameterization import velocity_parameterization

_CELLS = 1 << 22  # points times pairs of components, at most


def loss_floor(
    oracle: Oracle, n: int = 20_000, generator: torch.Generator | None = None
) -> IrreducibleLoss:
    """E|I' + gamma' z - b|^2 and its quadratic form: the losses of the exact velocity b.

    By Monte Carlo over x_t, t uniform, with about `n` points; fewer if they are expensive. Between
    mixtures the conditional variance is known at every point, and the two losses differ by E|I'|^2
    / 2. Otherwise pairs of the oracle's document are drawn; raises `Invalid` if there is no
    document.
    """
    whole(n, "n, how many points,", FEWEST_POINTS, MOST_POINTS)
    generator = generator_of(generator, "cpu")
    oracle = oracle_of(oracle)
    if isinstance(oracle, MixtureOracle):
        return _of_variance(oracle, n, generator)
    if oracle.document is None:
        raise Invalid("The floor of a loss needs the oracle of a document.")
    seed = 0 if generator is None else int(torch.randint(2**31, (), generator=generator))
    return reference(oracle, oracle.document, n, seed).floor()


def _of_variance(
    oracle: MixtureOracle, n: int, generator: torch.Generator | None
) -> IrreducibleLoss:
    n = min(n, max(256, _CELLS // oracle.components))
    t = (torch.arange(n) + torch.rand(n, dtype=torch.float64, generator=generator)) / n
    t = velocity_parameterization(oracle.path).times(t)
    residuals = oracle.residual(oracle.sample(t, generator), t)
    mse, error = mean(residuals)
    quadratic, quadratic_error = mean(0.5 * (residuals - oracle.powers(t)))
    return IrreducibleLoss(mse, quadratic, error, quadratic_error)
