"""The relative error of a learned velocity, as one number."""

from __future__ import annotations

import torch

from flowlab.core.distributions import build
from flowlab.core.document import Document
from flowlab.core.field import Field
from flowlab.core.oracles import MixtureOracle
from flowlab.core.paths import LINEAR


def velocity_error(
    field: Field, oracle: MixtureOracle, document: Document, n: int = 20_000, seed: int = 0
) -> float:
    """rms(learned - exact) / rms(exact) over x_t ~ p_t with t uniform on [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    x0 = build(document.source).sample(n, generator)
    x1 = build(document.target).sample(n, generator)
    t = torch.rand(n, generator=generator)
    x = LINEAR.point(x0, x1, t)
    exact = oracle.velocity(x.double(), t)
    learned = field.velocity(x, t).to(exact)
    return float(((learned - exact).square().sum() / exact.square().sum()).sqrt())
