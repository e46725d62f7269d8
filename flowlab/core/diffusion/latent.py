"""A latent model on a line, and the evidence lower bound of any Gaussian q.

p(z) = N(0, 1), p(x | z) = N(g(z), s^2) with g(z) = offset + slope z + bend z^2, q = N(mean, sd^2).
log p(x) = E_q[log p(x | z)] - KL(q || p(z)) + KL(q || p(z | x)), the first two being the bound
(Kingma and Welling 2013, arXiv:1312.6114, equations 1 and 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.arguments import is_number
from flowlab.core.document.limits import Invalid

_NODES, _REACH = 8001, 12.0  # of a quadrature over z, deviations of N(0, 1) and of q
_COARSE = 1e-6  # relative difference that halving the nodes may make
_LOG_2PI = math.log(2 * math.pi)

Values = TypeVar("Values", float, Doubles)


@dataclass(frozen=True)
class LatentModel:
    """A decoder of one latent number: linear, or bent so that the posterior isn't Gaussian."""

    slope: float = 1.0
    offset: float = 0.0
    deviation: float = 0.5  # s, of x given z
    bend: float = 0.0

    def __post_init__(self) -> None:
        """Raises `Invalid` for numbers that aren't finite, or a deviation that isn't positive."""
        if not all(map(is_number, vars(self).values())) or self.deviation <= 0:
            raise Invalid("A latent model needs finite numbers and a positive deviation.")

    def decoded(self, z: Values) -> Values:
        """g(z), the mean of x given z."""
        return self.offset + self.slope * z + self.bend * z * z

    @property
    def linear(self) -> bool:
        """True if p(x) and p(z | x) are Gaussian."""
        return self.bend == 0

    def log_joint(self, x: float, z: Doubles) -> Doubles:
        """log p(x, z) at each z."""
        return log_normal(z, 0.0, 1.0) + log_normal(x, self.decoded(z), self.deviation)


@dataclass(frozen=True, eq=False)
class LatentBound:
    """log p(x) = elbo + gap with elbo = reconstruction - rate, in nats, and densities over z."""

    log_evidence: float  # log p(x)
    reconstruction: float  # E_q[log p(x | z)]
    rate: float  # KL(q || p(z))
    gap: float  # KL(q || p(z | x))
    z: Doubles  # (m,)
    prior: Doubles  # (m,)
    posterior: Doubles  # (m,)
    q: Doubles  # (m,)
    posterior_mean: float
    posterior_deviation: float

    @property
    def elbo(self) -> float:
        """The evidence lower bound."""
        return self.reconstruction - self.rate


def latent_bound(model: LatentModel, x: float, mean: float, deviation: float) -> LatentBound:
    """The bound of q = N(mean, deviation^2) on log p(x), and what it leaves, each by itself.

    In closed form for a linear decoder. Otherwise evidence and gap come from the trapezoidal rule
    over z, whose error is rounding unless a density is too narrow for its nodes. Raises `Invalid`
    if one is, for numbers that aren't finite, and for a deviation that isn't positive.
    """
    if not all(map(is_number, (x, mean, deviation))) or deviation <= 0:
        raise Invalid("x, mean and deviation must be finite numbers, and the deviation positive.")
    z = _nodes(mean, deviation)
    joint = model.log_joint(x, z)
    log_evidence = _log_integral(joint, z)
    log_q, log_posterior = log_normal(z, mean, deviation), joint - log_evidence
    posterior = np.exp(log_posterior)
    if model.linear:
        log_evidence, centre, spread = _linear(model, x)
        gap = gaussian_divergence(mean, deviation, centre, spread)
    else:
        _check_resolved(z, np.exp(joint - joint.max()), np.exp(log_q))
        centre = float(np.trapezoid(z * posterior, z))
        spread = math.sqrt(float(np.trapezoid((z - centre) ** 2 * posterior, z)))
        gap = float(np.trapezoid(np.exp(log_q) * (log_q - log_posterior), z))
    return LatentBound(
        log_evidence=log_evidence,
        reconstruction=_reconstruction(model, x, mean, deviation),
        rate=gaussian_divergence(mean, deviation, 0.0, 1.0),
        gap=gap,
        z=z,
        prior=np.exp(log_normal(z, 0.0, 1.0)),
        posterior=posterior,
        q=np.exp(log_q),
        posterior_mean=centre,
        posterior_deviation=spread,
    )


def gaussian_divergence(mean: float, deviation: float, other: float, width: float) -> float:
    """KL(N(mean, deviation^2) || N(other, width^2))."""
    ratio = (deviation / width) ** 2
    return 0.5 * (ratio - 1 - math.log(ratio) + ((mean - other) / width) ** 2)


def log_normal(x: Doubles | float, mean: Doubles | float, deviation: float) -> Doubles:
    """log N(x; mean, deviation^2)."""
    scaled = (np.asarray(x, np.float64) - mean) / deviation
    result: Doubles = -0.5 * (scaled * scaled + _LOG_2PI) - math.log(deviation)
    return result


def _reconstruction(model: LatentModel, x: float, mean: float, deviation: float) -> float:
    """E_q[log p(x | z)] in closed form: with z = mean + deviation e, g is a parabola in e."""
    first = deviation * (model.slope + 2 * model.bend * mean)
    second = model.bend * deviation**2
    rest = x - model.decoded(mean)
    square = (rest - second) ** 2 + first**2 + 2 * second**2  # E[e^2] = 1, E[e^4] = 3
    return -0.5 * (square / model.deviation**2 + _LOG_2PI) - math.log(model.deviation)


def _linear(model: LatentModel, x: float) -> tuple[float, float, float]:
    """log p(x), and mean and deviation of p(z | x), for a linear decoder."""
    variance = model.slope**2 + model.deviation**2
    rest = x - model.offset
    log_evidence = float(log_normal(rest, 0.0, math.sqrt(variance)))
    return log_evidence, model.slope * rest / variance, model.deviation / math.sqrt(variance)


def _nodes(mean: float, deviation: float) -> Doubles:
    low = min(-_REACH, mean - _REACH * deviation)
    return np.linspace(low, max(_REACH, mean + _REACH * deviation), _NODES)


def _log_integral(logs: Doubles, z: Doubles) -> float:
    top = float(logs.max())
    return top + math.log(float(np.trapezoid(np.exp(logs - top), z)))


def _check_resolved(z: Doubles, *densities: Doubles) -> None:
    for density in densities:
        fine, coarse = (float(np.trapezoid(density[::step], z[::step])) for step in (1, 2))
        if not abs(fine - coarse) < _COARSE * fine:
            raise Invalid(
                "A density over z is too narrow to be integrated: use a larger deviation."
            )
