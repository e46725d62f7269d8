"""Optimisers on one flat vector of parameters: a few operations a step, and no host sync.

The update rules are those of torch.optim to the last bit or nearly so. They are written out
because on small nets torch.optim's own bookkeeping takes longer than the arithmetic, and because
its first use imports the compiler, which takes seconds.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowlab.core.document import Training

_BETA1, _EPSILON, _DECAY, _MOMENTUM = 0.9, 1e-8, 1e-2, 0.9  # torch's defaults; 0.9 for SGD


class Adam:
    """Adam; with `decay` AdamW (Kingma & Ba 2014, Loshchilov & Hutter 2017)."""

    def __init__(self, vector: Tensor, decay: float = 0.0) -> None:
        self.mean, self.square = torch.zeros_like(vector), torch.zeros_like(vector)
        self.decay, self.count = decay, 0

    def step(self, vector: Tensor, gradient: Tensor, rate: float, training: Training) -> None:
        """Move `vector` in place."""
        beta2 = training.beta2
        self.count += 1
        if self.decay:
            vector.mul_(1 - rate * self.decay)
        self.mean.lerp_(gradient, 1 - _BETA1)
        self.square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        unbias1, unbias2 = 1 - _BETA1**self.count, math.sqrt(1 - beta2**self.count)
        root = self.square.sqrt().add_(_EPSILON * unbias2)
        vector.addcdiv_(self.mean, root, value=-rate * unbias2 / unbias1)

    @property
    def state(self) -> tuple[list[Tensor], int]:
        """Tensors and step count, for a snapshot."""
        return [self.mean, self.square], self.count


class Momentum:
    """Stochastic gradient descent with heavy-ball momentum."""

    def __init__(self, vector: Tensor) -> None:
        self.pace, self.count = torch.zeros_like(vector), 0

    def step(self, vector: Tensor, gradient: Tensor, rate: float, training: Training) -> None:  # noqa: ARG002
        """Move `vector` in place."""
        self.count += 1
        self.pace.mul_(_MOMENTUM).add_(gradient)
        vector.add_(self.pace, alpha=-rate)

    @property
    def state(self) -> tuple[list[Tensor], int]:
        """Tensors and step count, for a snapshot."""
        return [self.pace], self.count


def build_optimiser(kind: str, vector: Tensor) -> Adam | Momentum:
    """The optimiser of that name in `document.OPTIMISERS`, with fresh state."""
    if kind == "sgd":
        return Momentum(vector)
    return Adam(vector, decay=_DECAY if kind == "adamw" else 0.0)
