"""Training as a generator: it yields after each block of steps, and the caller decides."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import ABSOLUTE, Training
from flowlab.core.learning.conditioning import conditions_of
from flowlab.core.learning.devices import pick_device
from flowlab.core.learning.fourier_auto import fourier_from_weights, resolve_fourier
from flowlab.core.learning.networks import fourier_count
from flowlab.core.learning.progress import Diverged, Progress, read_implicit_losses, read_losses
from flowlab.core.learning.stepper import Stepper
from flowlab.core.learning.trainer_state import Snapshot, TrainerState
from flowlab.core.learning.training_data import (
    TrainingData,
    check_absolute,
    check_implicit,
    exact_velocity,
    to_learn_of,
)
from flowlab.core.learning.weights import Checkpoint, Weights
from flowlab.core.learning.weights_copy import WeightsCopy

__all__ = ["Diverged", "Progress", "Trainer", "run_training", "warm_up"]

_BLOCK = 16  # steps between looks at the clock, in `run_training`


class Trainer:
    """Trains the network of a document, a block of steps at a time, driven by one thread.

    The same document, seed and device give the same weights; on the CPU bit by bit, whatever the
    block sizes (for the same number of torch threads).
    """

    def __init__(self, document: Document, *, device: str = "cpu", seed: int | None = None) -> None:
        self.device = pick_device(device)
        self.seed = document.seed if seed is None else seed
        self._rng = torch_rng(self.seed, Stream.BATCHES, device=self.device)
        self._take_data(document)
        network = resolve_fourier(document.network, document.source, document.target)
        self._state = self._new_state(network)
        self._new_batches()

    @property
    def step(self) -> int:
        """How many steps have been trained."""
        return self._state.step

    @property
    def seconds(self) -> float:
        """How long they took."""
        return self._state.seconds

    @property
    def network(self) -> Network:
        """The document's network, with `auto` resolved."""
        return self._state.network

    def _new_state(self, network: Network) -> TrainerState:
        """A new network, preconditioned for the present distributions."""
        training = self.document.training
        return TrainerState(network, self._data, training, self.seed, self.device)

    def _new_batches(self) -> None:
        self._stepper = Stepper(self._state, self._data, self.document.training, self.device)

    def steps(self, block: int = 16) -> Iterator[Progress]:
        """Train forever, yielding after each `block` steps; raises `Diverged`."""
        while True:
            yield self.advance(block)

    def advance(
        self,
        block: int = 16,
        due: Callable[[int], int] | None = None,
        keep: Callable[[], None] | None = None,
    ) -> Progress:
        """Train for `block` steps; raises `Diverged` with the last good weights restored.

        `due(step)` names the next step after `step` at which `keep()` is called.
        """
        start, before = time.perf_counter(), self._state.snapshot()
        seen: list[tuple[Tensor, Tensor]] = []
        with torch.no_grad():
            halt = math.inf if due is None else due(self.step)
            while block > 0:
                left = self._stepper.draw(self._rng)
                part = int(min(block, left, halt - self.step))
                seen.append(self._stepper.train(part))
                block -= part
                if self.step == halt and due is not None and keep is not None:
                    keep()
                    halt = due(self.step)
            progress = self._check_losses(seen, before)
        self._state.seconds += time.perf_counter() - start
        return progress

    def _check_losses(self, seen: list[tuple[Tensor, Tensor]], before: Snapshot) -> Progress:
        """Read the losses of a block; save or restore the weights.

        The first loss belongs to the weights `before` the block. Those after it have not been
        evaluated yet, so they are not saved.
        """
        training, at = self.document.training, self.step
        read = read_implicit_losses if self._stepper.implicit else read_losses
        losses = read(seen, training.batch, self._state.flat.vector)
        if losses.good:
            self._state.keep(before)
        if losses.diverged:
            self._state.restore()
            raise Diverged(
                f"Training diverged at step {at} with learning rate "
                f"{training.learning_rate:g}: lower it and go on "
                f"from the weights of step {self.step}, or reset.",
                self.weights(),
            )
        return Progress(at, losses.mse, losses.quadratic)

    def swap_data(self, document: Document) -> None:
        """Continue with other distributions or pairs, with the same weights and optimiser state.

        The preconditioning changes only if it no longer brings the data near unit size. Raises
        `Invalid`, changing nothing, if a distribution cannot be built.
        """
        before = self.document
        ends = {name: getattr(document, name) for name in ("source", "target", "coupling")}
        self._take_data(dataclasses.replace(before, **ends))
        self._state.refit(self._data.moments(self.seed))
        self._state.shorten_average()
        wanted = resolve_fourier(before.network, document.source, document.target)
        fourier = fourier_count(wanted) > fourier_count(self.network)
        if fourier or self._state.classes != self._data.classes:
            state = self._new_state(wanted if fourier else self.network)
            state.continue_from(self._state, fourier=fourier)
            self._state = state
        self._new_batches()

    def _take_data(self, document: Document) -> None:
        """Train on the data of this document; raises `Invalid`, changing nothing."""
        self._data = TrainingData.of(document, self.device)
        self.document = document

    def set_training(self, training: Training) -> None:
        """Change the learning rate and other training settings from the next step on.

        Raises `Invalid`, changing nothing, for an exact target if none is known, for implicit score
        matching with an activation that has kinks, and for the L1 loss between walls.
        """
        before = self.document.training
        document = dataclasses.replace(self.document, training=training)
        if document.network.conditional:
            conditions_of(document)
        check_implicit(document)
        check_absolute(document)
        to_learn = to_learn_of(document)
        if before.target != training.target:
            exact = exact_velocity(document, self.device)
            self._data = dataclasses.replace(self._data, exact=exact)
        if before.loss_weights != training.loss_weights:
            self._data = dataclasses.replace(self._data, parameterization=to_learn)
        self.document = document
        data = (
            "batch", "stratified", "target", "antithetic", "score_matching", "weighting",
            "label_dropout", "loss_weights",
        )  # fmt: skip
        step = (before.objective == ABSOLUTE) != (training.objective == ABSOLUTE)
        if step or any(getattr(before, name) != getattr(training, name) for name in data):
            self._new_batches()
        else:
            self._stepper.set_training(training)
        if before.optimiser != training.optimiser:
            self._state.change_optimizer(training)
        if training.ema and not before.ema:
            self._state.shorten_average()

    def weights(self) -> Weights:
        """The averaged and the raw weights, as arrays."""
        return self.copy().weights()

    def copy(self) -> WeightsCopy:
        """The weights at this step, copied cheaply."""
        return self._state.copy()

    def load(self, weights: Weights) -> None:
        """Continue from saved weights, with a new optimiser; raises `Invalid` if they don't fit."""
        if not all(np.isfinite(value).all() for value in weights.arrays.values()):
            raise Invalid("These weights hold numbers that are not finite; train anew.")
        network = fourier_from_weights(self.document.network, weights.arrays)
        state = self._state if network == self.network else self._new_state(network)
        state.load(weights)
        state.reset_optimizer(self.document.training)
        self._state = state
        self._new_batches()
        self._state.keep(self._state.snapshot())

    def checkpoint(self) -> Checkpoint:
        """Everything that `resume` needs; what is left of the batches at hand is not in it."""
        return Checkpoint(
            weights=self.weights(),
            memory=[moment.cpu().numpy().copy() for moment in self._state.memory],
            optimiser_steps=self._state.count,
            averaged=self._state.averaged,
            rng=self._rng.get_state().numpy().copy(),
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of the same document; raises `Invalid` if it doesn't fit."""
        self.load(checkpoint.weights)
        self._state.resume(checkpoint)
        self._rng.set_state(torch.tensor(checkpoint.rng))
        self._state.keep(self._state.snapshot())


def run_training(
    document: Document,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    due: Callable[[int], int] | None = None,
    keep: Callable[[Weights], None] | None = None,
) -> Trainer:
    """Train for some steps or seconds, whichever ends first; 2000 steps if neither is given.

    `keep` gets the weights of the steps on the way that `due(step)` names: the next after `step`.
    Raises `Invalid` for an unavailable device, and `Diverged`.
    """
    if steps is None and seconds is None:
        steps = 2000
    trainer = Trainer(document, device=device, seed=seed)

    def keep_now() -> None:
        if keep is not None:
            keep(trainer.weights())

    while (steps is None or trainer.step < steps) and (
        seconds is None or trainer.seconds < seconds
    ):
        block = _BLOCK if steps is None else min(_BLOCK, steps - trainer.step)
        state = trainer.advance(block, due, keep_now)
        if progress is not None:
            progress(state)
    return trainer


def warm_up() -> None:
    """Run a few throw-away steps, so that the first real ones don't pay for torch's start-up."""
    trainer = Trainer(Document())
    for _ in range(3):  # TorchScript optimises after two calls
        trainer.advance(2)
