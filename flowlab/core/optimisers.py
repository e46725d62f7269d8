"""Optimisers on one flat vector of parameters: one operation a step, and no host sync.

The update rules are torch's own fused kernels. They are called here without torch.optim, whose
bookkeeping takes longer than the arithmetic of a small net, and whose first use imports the
compiler, which takes seconds.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.document import Training

_BETA1, _EPSILON, _DECAY, _MOMENTUM = 0.9, 1e-8, 1e-2, 0.9  # torch's defaults; 0.9 for SGD


class Adam:
    """Adam (Kingma & Ba 2014); with `decoupled` AdamW (Loshchilov & Hutter 2017)."""

    def __init__(self, vector: Tensor, decoupled: bool = False) -> None:
        self._update = torch._fused_adamw_ if decoupled else torch._fused_adam_
        self._decay = _DECAY if decoupled else 0.0
        self._mean, self._square = torch.zeros_like(vector), torch.zeros_like(vector)
        self._count = torch.zeros((), device=vector.device)  # steps, as the kernel wants it

    def step(
        self, vector: Tensor, gradient: Tensor, rate: float | Tensor, training: Training
    ) -> None:
        """Move `vector` in place; the rate may be a number on its device."""
        self._count += 1
        self._update(
            [vector],
            [gradient],
            [self._mean],
            [self._square],
            [],
            [self._count],
            lr=rate,
            beta1=_BETA1,
            beta2=training.beta2,
            weight_decay=self._decay,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )

    @property
    def state(self) -> list[Tensor]:
        """What a snapshot needs, by reference."""
        return [self._mean, self._square, self._count]


class Momentum:
    """Stochastic gradient descent with heavy-ball momentum."""

    def __init__(self, vector: Tensor) -> None:
        self._pace = torch.zeros_like(vector)

    def step(
        self,
        vector: Tensor,
        gradient: Tensor,
        rate: float | Tensor,
        training: Training,  # noqa: ARG002  # as Adam's
    ) -> None:
        """Move `vector` in place; the rate may be a number on its device."""
        self._pace.mul_(_MOMENTUM).add_(gradient)
        vector.sub_(self._pace * rate)

    @property
    def state(self) -> list[Tensor]:
        """What a snapshot needs, by reference."""
        return [self._pace]


def build_optimiser(kind: str, vector: Tensor) -> Adam | Momentum:
    """The optimiser of that name in `document.OPTIMISERS`, with fresh state."""
    return Momentum(vector) if kind == "sgd" else Adam(vector, decoupled=kind == "adamw")
