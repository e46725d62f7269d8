"""The losses, one equation each; predictions and targets are (n, 2).

For a prediction F of Y, mean |F - Y|^2 / 2 and mean (|F|^2 / 2 - Y.F) differ by a constant, so they
share their minimiser E[Y | x] and their gradient. The named losses are the second form for one Y
each (stochastic interpolants, arXiv:2303.08797, equations 2.13, 2.16 and 2.19).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def mse(v: Tensor, displacement: Tensor) -> Tensor:
    """Mean over pairs and axes of (v - I')^2, half of `squared_error`.

    Conditional flow matching (Lipman et al. 2022, arXiv:2210.02747), IADB (arXiv:2305.03486).
    """
    return (v - displacement).square().mean()


def summed(v: Tensor, displacement: Tensor) -> Tensor:
    """Sum over pairs and axes of (v - I')^2: n times `squared_error`.

    The loss of the IADB code and of its 2D tutorial (tchambon.github.io/posts/iadb-2D).
    """
    return (v - displacement).square().sum()


def quadratic(v: Tensor, displacement: Tensor) -> Tensor:
    """E[|v|^2 / 2 - I'.v] = (E|v - I'|^2 - E|I'|^2) / 2, negative at its optimum."""
    return (0.5 * v.square() - displacement * v).sum(-1).mean()


def squared_error(v: Tensor, displacement: Tensor) -> Tensor:
    """E|v - I'|^2, summed over both axes: the value displayed as "mse"."""
    return (v - displacement).square().sum(-1).mean()


def velocity_loss(b: Tensor, rate: Tensor) -> Tensor:
    """E[|b|^2 / 2 - (I' + gamma' z).b], minimised by b = E[I' + gamma' z | x]; eq. 2.13."""
    return (0.5 * b.square() - rate * b).sum(-1).mean()


def score_loss(s: Tensor, z: Tensor, gamma: Tensor) -> Tensor:
    """E[gamma^2 (|s|^2 / 2 + s.z / gamma)], minimised by the score; gamma is (n, 1).

    Without the weight gamma^2 it is infinite wherever 1 / gamma^2 is not integrable.
    """
    return (0.5 * (gamma * s).square() + gamma * s * z).sum(-1).mean()


def noise_loss(eta: Tensor, z: Tensor) -> Tensor:
    """E[|eta|^2 / 2 - eta.z], minimised by eta = E[z | x] = -gamma s."""
    return (0.5 * eta.square() - eta * z).sum(-1).mean()


def denoiser_loss(d: Tensor, x1: Tensor) -> Tensor:
    """E[|d|^2 / 2 - d.x1], minimised by the denoiser E[x1 | x]."""
    return (0.5 * d.square() - d * x1).sum(-1).mean()


def antithetic_velocity_loss(plus: Tensor, minus: Tensor, rate: Tensor, jitter: Tensor) -> Tensor:
    """Mean of `velocity_loss` over z and -z: b at x+ = I + gamma z and x- = I - gamma z.

    `rate` is I' and `jitter` gamma' z, which multiplies b(x+) - b(x-) and so vanishes with gamma.
    arXiv:2303.08797, appendix C.
    """
    return 0.5 * (velocity_loss(plus, rate + jitter) + velocity_loss(minus, rate - jitter))


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": mse,
    "quadratic": quadratic,
    "sum": summed,
}


def loss_gradient(v: Tensor, displacement: Tensor) -> Tensor:
    """Gradient of the mean losses in v (n, 2): (v - I') / n, so they train alike."""
    return (v - displacement) / len(v)


def gradient_scale(objective: str, batch: int) -> float:
    """The gradient of a loss of `LOSSES` over a batch, divided by `loss_gradient`."""
    return 2.0 * batch if objective == "sum" else 1.0
