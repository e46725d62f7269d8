"""Training a network of pictures, as IADB or as DDPM do: the same loop, two things to learn.

IADB learns the velocity x1 - x0 of the linear path at t in [0, 1] (Heitz et al. 2023,
arXiv:2305.03486), DDPM the noise at whole steps of a schedule (Ho et al. 2020, arXiv:2006.11239).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.diffusion.levels import Levels, levels_of
from flowlab.core.document.limits import Checked, Invalid, choice, number
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.images.digits import Pictures
from flowlab.images.model import PictureModel, UnitTime, WholeSteps

KINDS = {"iadb": "IADB: velocity of the linear path", "ddpm": "DDPM: noise of a schedule"}
LOSSES = {"mse": "Mean squared error", "l1": "Absolute error (L1)"}


@dataclass(frozen=True, kw_only=True)
class Recipe(Checked):
    """How a network of pictures is trained."""

    kind: str = choice("iadb", KINDS, "Kind")
    loss: str = choice("mse", LOSSES, "Loss")
    T: int = number(1000, 1, 10_000, "T")  # steps of DDPM's linear schedule
    batch: int = number(96, 1, 4096, "Batch")
    learning_rate: float = number(1e-3, 1e-7, 1.0, "Learning rate")
    label_dropout: float = number(0.1, 0.0, 0.9, "Label dropout")
    ema: float = number(0.999, 0.0, 0.99999, "EMA")  # the longest memory of the averaged weights

    @property
    def levels(self) -> Levels:
        """DDPM's levels of noise."""
        return levels_of(T=self.T)

    def model(self, network: nn.Module) -> PictureModel:
        """The trained network as samplers take it."""
        if self.kind == "iadb":
            return PictureModel(network, "velocity", UnitTime())
        return PictureModel(network, "noise", WholeSteps.of(self.levels))


class _Batch(NamedTuple):
    x: Tensor  # (n, c, h, w)
    told: Tensor  # (n,), the time as the network is told it
    label: Tensor | None  # (n,)
    target: Tensor  # (n, c', h, w)

    def to(self, device: str) -> _Batch:
        """The same on a device."""
        label = None if self.label is None else self.label.to(device)
        return _Batch(self.x.to(device), self.told.to(device), label, self.target.to(device))


class PictureTrainer:
    """Trains a network on pictures, a block of steps at a time; the same seed, the same network.

    `classes` is how many the network tells apart; the class after them is that of none. A network
    that has none is 0. Raises `Invalid` if the pictures have other classes.
    """

    def __init__(
        self,
        network: nn.Module,
        data: Pictures,
        recipe: Recipe,
        *,
        classes: int = 0,
        seed: int = 0,
        device: str = "cpu",
    ) -> None:
        if classes and int(data.labels.max()) >= classes:
            raise Invalid(f"The network knows {classes} classes, and the pictures have more.")
        self.recipe, self.classes, self.device = recipe, classes, device
        self.network = network.to(device).train()
        self.averaged = copy.deepcopy(self.network).requires_grad_(False).eval()
        self._data = data
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=recipe.learning_rate)
        self._rng = torch_rng(seed, Stream.PICTURE_BATCHES)
        self._levels = recipe.levels
        self._order: Iterator[Tensor] = iter(())
        self.step = 0

    def advance(self, steps: int = 1) -> float:
        """Train for so many steps; the mean loss over them."""
        total = sum(self._train() for _ in range(steps))
        return float(total) / steps

    def model(self) -> PictureModel:
        """The averaged network as samplers take it; it changes as training goes on."""
        return self.recipe.model(self.averaged)

    def _train(self) -> Tensor:
        batch = self._noised(*self._next())
        with torch.enable_grad():
            found = self.network(batch.x, batch.told, batch.label)
            error = functional.l1_loss if self.recipe.loss == "l1" else functional.mse_loss
            loss = error(found, batch.target)
            self._optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
        self._optimiser.step()
        self.step += 1
        self._average()
        return loss.detach()

    def _average(self) -> None:
        """The averaged weights remember a tenth of the training at first, then as `ema` says."""
        decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
        pairs = zip(self.averaged.parameters(), self.network.parameters(), strict=True)
        for mean, new in pairs:
            mean.lerp_(new.detach(), 1 - decay)
        buffers = zip(self.averaged.buffers(), self.network.buffers(), strict=True)
        for kept, present in buffers:
            kept.copy_(present)

    def _next(self) -> tuple[Tensor, Tensor | None]:
        """The next pictures (n, c, h, w) in an order of chance, and the classes (n,) told."""
        at = next(self._order, None)
        if at is None:
            order = torch.randperm(len(self._data), generator=self._rng)
            self._order = iter(torch.split(order, self.recipe.batch))
            at = next(self._order)
        x, label = self._data.pictures[at], self._data.labels[at] if self.classes else None
        if label is not None:
            dropped = torch.rand(len(at), generator=self._rng) < self.recipe.label_dropout
            label = label.masked_fill(dropped, self.classes)
        return x, label

    def _noised(self, x1: Tensor, label: Tensor | None) -> _Batch:
        x0 = torch.randn(x1.shape, generator=self._rng)
        share = (torch.arange(len(x1)) + torch.rand(len(x1), generator=self._rng)) / len(x1)
        if self.recipe.kind == "iadb":
            t = share[:, None, None, None]
            batch = _Batch(t * x1 + (1 - t) * x0, share, label, x1 - x0)
        else:
            k = (share * self.recipe.T).long().clamp_max(self.recipe.T - 1)  # as it is told
            at = self.recipe.T - 1 - k
            a, b = (
                part[at][:, None, None, None].float()
                for part in (self._levels.signal, self._levels.noise)
            )
            batch = _Batch(a * x1 + b * x0, k.float(), label, x0)
        return batch.to(self.device)
