"""Models of noise known in closed form, and fields of which only values are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.levels import Levels
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Mixture, Shape
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.extended import ExtendedField
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.trainer import Trainer

NOISE = Gaussian(std_x=0.6, std_y=1.2, correlation=0.5, offset_x=0.5, offset_y=-1.0)
DATA = Gaussian(std_x=0.5, std_y=0.5, offset_x=3.0, offset_y=1.0)
TWO = Mixture(
    means=((-1.5, 0.5), (1.0, -0.5)),
    covs=((0.1, 0.0, 0.2), (0.2, 0.05, 0.1)),
    weights=(0.3, 0.7),
)


def exact_field(document: Document) -> ExtendedField:
    oracle = oracle_for(document)
    assert oracle is not None
    return extended_field(oracle)


def exact_model(document: Document) -> Denoiser:
    return denoiser_of(exact_field(document), document)


def moments(shape: Shape) -> tuple[Tensor, Tensor]:
    """Mean and covariance of a single Gaussian, float64."""
    mixture = build(shape).mixture()
    assert mixture is not None
    return mixture.means[0].double(), mixture.covs[0].double()


def drawn(shape: Shape, n: int, seed: int) -> Tensor:
    return build(shape).sample(n, torch.Generator().manual_seed(seed))


def at_noisiest(document: Document, levels: Levels, n: int, seed: int) -> Tensor:
    """Points (n, 2) of the true law where the noise is most."""
    x0, x1 = drawn(document.source, n, seed), drawn(document.target, n, seed + 1)
    return float(levels.signal[0]) * x1 + float(levels.noise[0]) * x0


def untrained(document: Document) -> LearnedVelocity:
    """A network of random weights, also in the last layer, which begins at zero."""
    weights, rng = Trainer(document).weights(), torch.Generator().manual_seed(0)
    noise = {
        name: 0.1 * torch.randn(array.shape, generator=rng).numpy()
        for name, array in weights.arrays.items()
        if name.startswith("net.")
    }
    arrays = {name: array + noise.get(name, 0) for name, array in weights.arrays.items()}
    return field_of(document, replace(weights, arrays=arrays))


class Beside:
    """The same velocity, of which nothing more is known: each step adds its terms up."""

    def __init__(self, learned: LearnedVelocity) -> None:
        self._learned = learned
        self.device, self.edge = learned.device, learned.edge

    def velocity(self, x: Tensor, t: float | Tensor, condition: Tensor | None = None) -> Tensor:
        return self._learned.velocity(x, t, condition)


def log_mixture_at(shape: Mixture, source: Shape, a: float, b: float, x: Tensor) -> Tensor:
    """log p(x, y) (n, K) of a x1 + b x0 for each component y of x1, written out anew."""
    mean0, cov0 = moments(source)
    weights = torch.tensor(shape.weights, dtype=torch.float64)
    logs = []
    for share, mean, (xx, xy, yy) in zip(
        weights / weights.sum(), shape.means, shape.covs, strict=True
    ):
        cov = a**2 * torch.tensor([[xx, xy], [xy, yy]], dtype=torch.float64) + b**2 * cov0
        law = torch.distributions.MultivariateNormal(
            a * torch.tensor(mean, dtype=torch.float64) + b * mean0, cov
        )
        logs.append(law.log_prob(x) + share.log())
    return torch.stack(logs, 1)


def slope(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient (n, 2) of a function (n,) at x (n, 2), by automatic differentiation."""
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return gradient
