"""How a block of steps went: its losses, and whether they say that training diverged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.learning.objectives import quadratic, squared_error
from flowlab.core.learning.weights import Weights

_GOOD_BELOW, _DIVERGED_ABOVE = 4.0, 1e4  # times E|Y|^2, the error of predicting 0
_UNIT_POWER = 2.0  # E|Y|^2 of sigma times a score where there are no walls
_MIN_POWER = 1e-6  # least E|Y|^2: nearly equal ends have less


class Diverged(RuntimeError):
    """Training diverged; the trainer is back at its last good weights, which are held here too."""

    def __init__(self, sentence: str, weights: Weights | None = None) -> None:
        super().__init__(sentence)
        self.weights = weights


@dataclass(frozen=True)
class Progress:
    """Both losses of the raw weights, averaged over the last block.

    Implicit score matching doesn't know the square of what is learned: `mse` is then without it.
    """

    step: int
    mse: float  # E|F - Y|^2, summed over the two axes; Y is I' where velocities are learned
    quadratic: float  # E[|F|^2 / 2 - Y.F]


@dataclass(frozen=True)
class BlockLosses:
    """The losses of a block of steps, beside what they are judged by."""

    first: float  # the mean squared error of the first step, so of the weights before the block
    mse: float
    quadratic: float
    power: float  # E|Y|^2
    size: float  # |weights|^2 after the block

    @property
    def good(self) -> bool:
        """True if the weights before the block may be returned to."""
        return self.first <= _GOOD_BELOW * self.power

    @property
    def diverged(self) -> bool:
        """True if there is no use in going on."""
        finite = math.isfinite(self.mse) and math.isfinite(self.size)
        return not (finite and abs(self.mse) <= _DIVERGED_ABOVE * self.power)


def read_losses(seen: list[tuple[Tensor, Tensor]], rows: int, weights: Tensor) -> BlockLosses:
    """The losses of batches of `rows` predictions and targets: a block's only host sync."""
    prediction, target = (torch.cat(part) for part in zip(*seen, strict=True))
    power = target.square().sum(1).mean()
    size = weights.square().sum()
    early = squared_error(prediction[:rows], target[:rows])
    losses = early, squared_error(prediction, target), quadratic(prediction, target)
    first, mse, quad, power_, size_ = torch.stack([*losses, power, size]).tolist()
    return BlockLosses(first, mse, quad, max(power_, _MIN_POWER), size_)


def read_implicit_losses(
    seen: list[tuple[Tensor, Tensor]], rows: int, weights: Tensor
) -> BlockLosses:
    """The same of batches of predictions F and divergences: E[|F|^2 / 2 + div F], and twice it."""
    prediction, divergence = (torch.cat(part) for part in zip(*seen, strict=True))
    losses = 0.5 * prediction.square().sum(1) + divergence
    values = torch.stack([losses[:rows].mean(), losses.mean(), weights.square().sum()])
    first, mean, size = values.tolist()
    return BlockLosses(2 * first, 2 * mean, mean, _UNIT_POWER, size)
