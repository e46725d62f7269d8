"""Training as a generator: it yields after each block of steps, and the caller decides."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.backprop import FlatNet
from flowlab.core.distributions import build
from flowlab.core.document import Document, Training
from flowlab.core.limits import Invalid
from flowlab.core.nets import Frame, Moments, build_network, load_arrays, measure_moments
from flowlab.core.objectives import quadratic, squared_error
from flowlab.core.optimisers import build_optimiser
from flowlab.core.paths import LINEAR
from flowlab.core.weights import Weights

__all__ = ["Diverged", "Progress", "Trainer", "Weights", "pick_device", "run_training", "warm_up"]

_POOL = 16  # steps whose data are drawn at once; fixed, so that results don't hang on the block
_FRESH = 100  # steps of memory the average keeps when the data change under it
_WORSE, _LOST = 4.0, 1e4  # times E|I'|^2, the error of predicting nothing
_STILL = 1e-6  # E|I'|^2 of ends so alike that any error is large beside it


class Diverged(RuntimeError):
    """Training left the numbers; the trainer is back at its last good weights, held here too."""

    def __init__(self, sentence: str, weights: Weights | None = None) -> None:
        super().__init__(sentence)
        self.weights = weights


@dataclass(frozen=True)
class Progress:
    """Where training stands: both losses of the raw weights, averaged over the last block."""

    step: int
    mse: float  # E|v - I'|^2, summed over the two axes
    quadratic: float  # E[|v|^2 / 2 - I'.v]


class Trainer:
    """Trains the network of a document, a block of steps at a time; one thread may drive it.

    Same document, seed and device give the same weights; on the CPU bit by bit, whatever the
    sizes of the blocks (given the same number of torch threads).
    """

    def __init__(self, document: Document, *, device: str = "cpu", seed: int | None = None) -> None:
        self.device = pick_device(device)
        self.seed = document.seed if seed is None else seed
        self.step, self.seconds = 0, 0.0
        self._pool: list[tuple[Frame, Tensor]] = []  # data of the next steps, the nearest last
        self._dice = torch.Generator(self.device).manual_seed(self._stream(3))
        self._take_data(document)
        initial = torch.Generator().manual_seed(self._stream(4))
        net = build_network(document.network, self._moments(), initial).to(self.device)
        self._flat = FlatNet(net, document.network.activation)
        self._average = self._flat.vector.clone()
        self._averaged = 0  # steps in the average
        self._optimiser = build_optimiser(document.training.optimiser, self._flat.vector)
        self._good = self._snapshot()

    def _stream(self, number: int) -> int:
        """A seed of its own for each use; pictures take the numbers below 3, see plans."""
        return self.seed * 8 + number

    def _moments(self) -> Moments:
        dice = torch.Generator().manual_seed(self._stream(5))
        return measure_moments(self._source, self._target, dice)

    def steps(self, block: int = 16) -> Iterator[Progress]:
        """Train for ever, yielding after each `block` steps; raises `Diverged`."""
        while True:
            yield self.advance(block)

    def advance(self, block: int = 16) -> Progress:
        """Train for `block` steps; raises `Diverged` with the last good weights restored."""
        start, before = time.perf_counter(), self._snapshot()
        seen: list[tuple[Tensor, Tensor]] = []
        with torch.no_grad():
            for _ in range(block):
                if not self._pool:
                    self._draw()
                frame, displacement = self._pool.pop()
                seen.append((self._step(frame, displacement), displacement))
            progress = self._judge(seen, before)
        self.seconds += time.perf_counter() - start
        return progress

    def _step(self, frame: Frame, displacement: Tensor) -> Tensor:
        training = self.document.training
        rate = training.learning_rate
        if training.decay_every:
            rate *= training.decay_factor ** (self.step // training.decay_every)
        v = self._flat.backward(frame, displacement)
        self._optimiser.step(self._flat.vector, self._flat.gradient, rate, training)
        # Power-law average (Karras et al. 2024, arXiv:2312.02696, with gamma = 1 / ema - 1):
        # after k steps its window is the share `ema` of them, so it needs no budget in advance.
        if training.ema:
            weight = 1 / (training.ema * self._averaged + 1)
            self._average.lerp_(self._flat.vector, weight)
            self._averaged += 1
        self.step += 1
        return v

    def _draw(self) -> None:
        """Fill the pool."""
        batch, stratified = self.document.training.batch, self.document.training.stratified
        n = _POOL * batch
        x0, x1 = self._source.sample(n, self._dice), self._target.sample(n, self._dice)
        t = torch.rand(n, generator=self._dice, device=self.device)
        if stratified:
            t = (torch.arange(n, device=self.device) % batch + t) / batch
        x, displacement = LINEAR.point(x0, x1, t), LINEAR.velocity(x0, x1, t)
        frames = self._flat.net.frame(x, t).split(batch)
        self._pool = list(zip(frames, torch.split(displacement, batch), strict=True))

    def _judge(self, seen: list[tuple[Tensor, Tensor]], before: _Snapshot) -> Progress:
        """Read the losses of a block, its only host sync, and keep or restore the weights.

        The first loss is that of the weights `before` the block; nothing is known yet of those
        after it, so they are not kept.
        """
        v, displacement = (torch.cat(part) for part in zip(*seen, strict=True))
        power = displacement.square().sum(1).mean()
        size = self._flat.vector.square().sum()
        losses = squared_error(*seen[0]), squared_error(v, displacement), quadratic(v, displacement)
        first, mse, quad, power_, size_ = torch.stack([*losses, power, size]).tolist()
        power_ = max(power_, _STILL)
        if first <= _WORSE * power_:
            self._good = before
        if not (math.isfinite(mse) and math.isfinite(size_) and mse <= _LOST * power_):
            at = self.step
            self._restore()
            raise Diverged(
                f"Training diverged at step {at} with learning rate "
                f"{self.document.training.learning_rate:g}: lower it and go on "
                f"from the weights of step {self.step}, or reset.",
                self.weights(),
            )
        return Progress(self.step, mse, quad)

    def _snapshot(self) -> _Snapshot:
        state, count = self._optimiser.state
        tensors = [self._flat.vector, self._average, *state]
        return _Snapshot(self.step, self._averaged, count, [v.clone() for v in tensors])

    def _restore(self) -> None:
        good = self._good
        self.step, self._averaged, self._optimiser.count = good.step, good.averaged, good.count
        tensors = [self._flat.vector, self._average, *self._optimiser.state[0]]
        for value, kept in zip(tensors, good.tensors, strict=True):
            value.copy_(kept)

    def swap_data(self, document: Document) -> None:
        """Go on with other distributions: weights and optimiser stay as they are.

        So does the preconditioning, unless it no longer brings the data near unit size. Raises
        `Invalid`, changing nothing, where a distribution cannot be built.
        """
        kept = self.document
        self._take_data(dataclasses.replace(kept, source=document.source, target=document.target))
        standard, moments = self._flat.net.standard, self._moments()
        if standard is not None and standard.strays(moments):
            standard.fit(moments)
        self._averaged = min(self._averaged, _FRESH)

    def _take_data(self, document: Document) -> None:
        self._source, self._target = build(document.source), build(document.target)
        self.document, self._pool = document, []

    def set_training(self, training: Training) -> None:
        """Change the learning rate and the like without a reset, from the next step on."""
        before = self.document.training
        self.document = dataclasses.replace(self.document, training=training)
        if (before.batch, before.stratified) != (training.batch, training.stratified):
            self._pool = []
        if before.optimiser != training.optimiser:
            self._optimiser = build_optimiser(training.optimiser, self._flat.vector)
            fresh = [value.clone() for value in self._optimiser.state[0]]
            good = self._good
            self._good = _Snapshot(good.step, good.averaged, 0, [*good.tensors[:2], *fresh])
        if training.ema and not before.ema:
            self._average.copy_(self._flat.vector)
            self._averaged = min(self.step, _FRESH)

    def weights(self) -> Weights:
        """The averaged weights, or the raw ones where there is no average, as arrays."""
        vector = self._average if self.document.training.ema else self._flat.vector
        values = dict(self._flat.net.state_dict()) | self._flat.named(vector.cpu())
        arrays = {name: value.cpu().numpy().copy() for name, value in values.items()}
        return Weights(step=self.step, seconds=self.seconds, arrays=arrays)

    def load(self, weights: Weights) -> None:
        """Go on from saved weights, with a fresh optimiser; raises `Invalid` if they don't fit."""
        if not all(np.isfinite(value).all() for value in weights.arrays.values()):
            raise Invalid("These weights hold numbers that are not finite; train anew.")
        load_arrays(self._flat.net, weights.arrays)  # its parameters are views of the vector
        self._average.copy_(self._flat.vector)
        self.step = self._averaged = weights.step
        self.seconds = weights.seconds
        self._optimiser = build_optimiser(self.document.training.optimiser, self._flat.vector)
        self._pool = []
        self._good = self._snapshot()


@dataclass(frozen=True, eq=False)
class _Snapshot:
    step: int
    averaged: int
    count: int  # of the optimiser
    tensors: list[Tensor]


def pick_device(name: str = "auto") -> str:
    """ "auto" is CUDA where there is one, else Apple's GPU, else the CPU; `Invalid` if absent."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return next((kind for kind, present in there.items() if present), "cpu")
    kind, _, index = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    known = kind == "cpu" or there.get(kind, False)
    if not known or (index and not (index.isdecimal() and int(index) < count)):
        raise Invalid(f"There is no device {name!r} here; use auto or cpu.")
    return kind if kind == "cpu" else name


def run_training(
    document: Document,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Trainer:
    """Train for so many steps or seconds, whichever ends first; 2000 steps where neither is given.

    Raises `Invalid` for a device that isn't there and `Diverged`.
    """
    if steps is None and seconds is None:
        steps = 2000
    trainer = Trainer(document, device=device, seed=seed)
    while (steps is None or trainer.step < steps) and (
        seconds is None or trainer.seconds < seconds
    ):
        found = trainer.advance(_POOL if steps is None else min(_POOL, steps - trainer.step))
        if progress is not None:
            progress(found)
    return trainer


def warm_up() -> None:
    """Run two throw-away steps, so that the first real ones don't pay for torch's own start."""
    Trainer(Document()).advance(2)
