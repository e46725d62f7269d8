"""Optimisers by name, in the form that `step.update` takes."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowlab.core.document.training import Training
from flowlab.core.learning.fast_step.step import OPTIMISERS, OptimizerState
from flowlab.core.learning.objectives import gradient_scale

_BETA1, _EPSILON, _DECAY, _MOMENTUM = 0.9, 1e-8, 1e-2, 0.9  # torch's defaults; 0.9 for SGD


def optimizer_state(training: Training, memory: list[Tensor]) -> OptimizerState:
    """Adam (Kingma & Ba 2014), AdamW (Loshchilov & Hutter 2017) or SGD with momentum."""
    beta1 = _MOMENTUM if training.optimiser == "sgd" else _BETA1
    return OptimizerState(
        OPTIMISERS.index(training.optimiser), beta1, training.beta2, _DECAY, memory
    )


def initial_memory(kind: str, vector: Tensor) -> list[Tensor]:
    """The optimiser's moment vectors before its first step: two zeros, one for SGD."""
    return [torch.zeros_like(vector) for _ in range(1 if kind == "sgd" else 2)]


def hyperparameters_of(
    training: Training, rate: float, count: int, share: float
) -> tuple[float, ...]:
    """The hyperparameters of an optimiser's `count`-th step (from 1): a row for `step.run`.

    Adam's bias corrections are folded into the learning rate and epsilon. The steps' gradient is
    that of the mean losses; a larger one is a larger rate for SGD, and for Adam a smaller epsilon.
    """
    scale = gradient_scale(training.objective, training.batch)
    if training.optimiser == "sgd":
        return scale * rate, 0.0, share, rate
    unbias1, unbias2 = 1 - _BETA1**count, math.sqrt(1 - training.beta2**count)
    return rate * unbias2 / unbias1, _EPSILON * unbias2 / scale, share, rate


def hyperparameter_rows(
    training: Training, steps: int, *, step: int, count: int, averaged: int
) -> Tensor:
    """The hyperparameters (steps, 4) of the next steps.

    So many have been made: `step` by the network, `count` by the optimiser and `averaged` since the
    average began. The weights' average is a power-law EMA (Karras et al. 2024, arXiv:2312.02696,
    gamma = 1 / ema - 1): after k steps its window is the fraction `ema` of k, so no training length
    is needed in advance.
    """
    rows = []
    for k in range(steps):
        decays = (step + k) // training.decay_every if training.decay_every else 0
        rate = training.learning_rate * training.decay_factor**decays
        share = 1 / (training.ema * (averaged + k) + 1)
        rows.append(hyperparameters_of(training, rate, count + k + 1, share))
    return torch.tensor(rows)
