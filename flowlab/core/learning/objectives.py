"""Each loss one function and one equation; predictions and what they are to be are (n, 2).

Whatever is predicted, F for a target Y of each pair, the two general losses differ by a constant,
so they share their minimiser E[Y | x] and their gradient. The named ones are the second of them
for one Y each (science of interpolants: arXiv:2303.08797, equations 2.13, 2.16, 2.19).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def mse(v: Tensor, displacement: Tensor) -> Tensor:
    """Mean over pairs and axes of (v - I')^2; half of `squared_error`. S000, CFM, IADB tutorial."""
    return (v - displacement).square().mean()


def quadratic(v: Tensor, displacement: Tensor) -> Tensor:
    """E[|v|^2 / 2 - I'.v] = (E|v - I'|^2 - E|I'|^2) / 2, negative at its optimum. S003."""
    return (0.5 * v.square() - displacement * v).sum(-1).mean()


def squared_error(v: Tensor, displacement: Tensor) -> Tensor:
    """E|v - I'|^2, summed over the two axes: the figure that is shown as "mse"."""
    return (v - displacement).square().sum(-1).mean()


def velocity_loss(b: Tensor, rate: Tensor) -> Tensor:
    """E[|b|^2 / 2 - (I' + gamma' z).b], least for the velocity b = E[I' + gamma' z | x]."""
    return (0.5 * b.square() - rate * b).sum(-1).mean()


def score_loss(s: Tensor, z: Tensor, gamma: Tensor) -> Tensor:
    """E[gamma^2 (|s|^2 / 2 + s.z / gamma)], least for the score; gamma is (n, 1).

    Unweighted, as it is also printed, it is infinite wherever 1 / gamma^2 has no integral.
    """
    return (0.5 * (gamma * s).square() + gamma * s * z).sum(-1).mean()


def noise_loss(eta: Tensor, z: Tensor) -> Tensor:
    """E[|eta|^2 / 2 - eta.z], least for eta = E[z | x] = -gamma s."""
    return (0.5 * eta.square() - eta * z).sum(-1).mean()


def denoiser_loss(d: Tensor, x1: Tensor) -> Tensor:
    """E[|d|^2 / 2 - d.x1], least for the denoiser E[x1 | x]."""
    return (0.5 * d.square() - d * x1).sum(-1).mean()


def antithetic_velocity_loss(plus: Tensor, minus: Tensor, rate: Tensor, jitter: Tensor) -> Tensor:
    """Mean over z and -z of `velocity_loss`, of b at x+ = I + gamma z and x- = I - gamma z.

    `rate` is I' and `jitter` gamma' z: that multiplies b(x+) - b(x-), which vanishes with gamma.
    """
    return 0.5 * (velocity_loss(plus, rate + jitter) + velocity_loss(minus, rate - jitter))


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": mse, "quadratic": quadratic}


def loss_gradient(v: Tensor, displacement: Tensor) -> Tensor:
    """Gradient in v (n, 2) of either loss: (v - I') / n for both, so they train alike."""
    return (v - displacement) / len(v)
