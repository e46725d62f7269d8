"""Networks of a position and a noise level, and the scores that they have learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowlab.core.document.network import Network
from flowlab.core.learning.networks import PreparedInput, VelocityNet

SCORE, ENERGY = 2, 1  # outputs


@dataclass(frozen=True, eq=False)
class Scaling:
    """Preconditioning of F = sigma s at x = x1 + sigma z, as EDM's c_in, c_skip and c_out.

    Karras et al. 2022 (arXiv:2206.00364), table 1, for the noise -z in place of the denoised point:
    F = base + gain * output, base that of one round Gaussian with the data's mean and variance.
    """

    mean: Tensor  # (2, 1)
    deviation: float  # of the data, the root of the mean variance of both axes

    def total(self, sigma: Tensor) -> Tensor:
        """Standard deviation of x (n,), of an axis in the mean."""
        return (self.deviation**2 + sigma.square()).sqrt()

    def gain(self, sigma: Tensor) -> Tensor:
        """Standard deviation (n,) of z given x, if the data were Gaussian."""
        return self.deviation / self.total(sigma)

    def base(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Sigma times the score (2, n) of that Gaussian at x (n, 2)."""
        return -sigma / self.total(sigma).square() * (x.T - self.mean)

    def features(self, net: VelocityNet, x: Tensor, sigma: Tensor) -> Tensor:
        """What the layers see, (f + 1, n), of x (n, 2) at noise levels (n,)."""
        y = (x.T - self.mean) / self.total(sigma)
        return net.prepare(y.T, self.deviation / (self.deviation + sigma)).features

    def prepared(self, net: VelocityNet, x: Tensor, sigma: Tensor) -> PreparedInput:
        """All but the layers of F at x (n, 2)."""
        gain = self.gain(sigma).expand(2, -1).contiguous()
        return PreparedInput(self.features(net, x, sigma), self.base(x, sigma), gain, None)


def score_network(spec: Network, outputs: int, rng: torch.Generator | None = None) -> VelocityNet:
    """A network of a document's size, without Fourier features, so that all of it is smooth.

    It starts as the score of one Gaussian.
    """
    plain = replace(spec, kind="velocity", waves="off", precondition=False, conditional=False)
    return VelocityNet(plain, rng, outputs=outputs, standardised=True)


@dataclass(frozen=True, eq=False)
class LearnedScore:
    """The score of p_sigma, the target's density blurred by N(0, sigma^2 I), as a network has it.

    x is (n, 2); gradients in x can be taken.
    """

    net: VelocityNet
    scaling: Scaling

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """The score (n, 2) in the network's dtype."""
        x, levels = points_and_levels(self.net, x, sigma)
        features = self.scaling.features(self.net, x, levels)
        output: Tensor = self.net.net(features[:-1].T)
        f = self.scaling.base(x, levels).T + self.scaling.gain(levels)[:, None] * output
        return f / sigma


def points_and_levels(net: VelocityNet, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """x in the dtype and on the device of a network, and sigma (n,) likewise."""
    x = x.to(next(net.parameters()))
    return x, x.new_full((len(x),), sigma)


def curl(score: Callable[[Tensor, float], Tensor], x: Tensor, sigma: float) -> Tensor:
    """ds_y/dx - ds_x/dy (n,) of a differentiable score at x (n, 2): 0 for every gradient."""
    at = x.detach().requires_grad_(True)
    with torch.enable_grad():
        s = score(at, sigma)
        first = torch.autograd.grad(s[:, 1].sum(), at, retain_graph=True)[0][:, 0]
        second = torch.autograd.grad(s[:, 0].sum(), at)[0][:, 1]
    return first - second
