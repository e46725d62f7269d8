"""Training as a generator: it yields after each block of steps, and the caller decides."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import AnyArray
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document, Network, Training
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import closed_form
from flowlab.core.interpolants.couplings import coupler_of, cross_covariance
from flowlab.core.interpolants.document_parameterization import parameterization_of
from flowlab.core.learning.conditioning import conditions_of
from flowlab.core.learning.devices import pick_device
from flowlab.core.learning.fast_step.cuda_graph import Steps, captured
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.fast_step.step import OptimizerState, compiled, run
from flowlab.core.learning.fourier_auto import fourier_from_weights, resolve_fourier
from flowlab.core.learning.minibatches import BatchBuffer, ExactVelocity
from flowlab.core.learning.networks import (
    build_network,
    fourier_count,
    load_arrays,
    with_classes,
    with_fourier_features,
)
from flowlab.core.learning.objectives import quadratic, squared_error
from flowlab.core.learning.optimisers import hyperparameters_of, initial_memory, optimizer_state
from flowlab.core.learning.preconditioning import Moments, measure_moments
from flowlab.core.learning.weights import Checkpoint, Weights
from flowlab.core.learning.weights_copy import WeightsCopy

Arrays = Mapping[str, AnyArray]

_BLOCK = 16  # steps between looks at the clock, in `run_training`
_SHORT_MEMORY = 100  # steps that the average remembers after the data change
_GOOD_BELOW, _DIVERGED_ABOVE = 4.0, 1e4  # times E|Y|^2, the error of predicting 0
_MIN_POWER = 1e-6  # least E|Y|^2: nearly equal ends have less


class Diverged(RuntimeError):
    """Training diverged; the trainer is back at its last good weights, which are held here too."""

    def __init__(self, sentence: str, weights: Weights | None = None) -> None:
        super().__init__(sentence)
        self.weights = weights


@dataclass(frozen=True)
class Progress:
    """Both losses of the raw weights, averaged over the last block."""

    step: int
    mse: float  # E|F - Y|^2, summed over the two axes; Y is I' where velocities are learned
    quadratic: float  # E[|F|^2 / 2 - Y.F]


class Trainer:
    """Trains the network of a document, a block of steps at a time, driven by one thread.

    The same document, seed and device give the same weights; on the CPU bit by bit, whatever the
    block sizes (for the same number of torch threads).
    """

    def __init__(self, document: Document, *, device: str = "cpu", seed: int | None = None) -> None:
        self.device = pick_device(device)
        self.seed = document.seed if seed is None else seed
        self.step, self.seconds = 0, 0.0
        self._run = compiled()
        self._rng = torch_rng(self.seed, Stream.BATCHES, device=self.device)
        self._take_data(document)
        self._build(resolve_fourier(document.network, document.source, document.target))

    def _build(self, network: Network) -> None:
        """Build a new network, preconditioned for the present distributions."""
        self.network = network  # the document's, with `auto` resolved
        initial = torch_rng(self.seed, Stream.INITIAL_WEIGHTS)
        net = build_network(
            network, self._moments(), initial, self._parameterization, self._classes
        )
        net, self._network_classes = net.to(self.device), self._classes
        self._flat = FlatParameters(net, network.activation)
        self._buffers: dict[str, Tensor] | None = None  # buffers, as last copied
        self._averaged = 0  # steps in the average
        self._reset_training()
        self._last_good = self._copy_state()

    def _reset_training(self) -> None:
        """New optimiser state and new batches, after the network has changed."""
        self._reset_optimizer()
        self._new_batches()

    def _reset_optimizer(self) -> None:
        """New optimiser state."""
        self._memory = initial_memory(self.document.training.optimiser, self._flat.vector)
        self._count = 0  # its steps

    def _new_batches(self) -> None:
        training = self.document.training
        self._net = self._flat.workspace(training.batch)
        self._batches = BatchBuffer(self._flat.net, self._parameterization, training, self._exact)
        self._replay: Steps | None = None  # of the steps of a whole buffer
        self._capture_tried = False  # whether capturing was tried

    def _moments(self) -> Moments:
        rng = torch_rng(self.seed, Stream.MOMENTS)
        ends = measure_moments(self._source, self._target, rng)
        rng = torch_rng(self.seed, Stream.CROSS_COVARIANCE)
        return dataclasses.replace(ends, cross=cross_covariance(self._coupler, rng))

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
        start, before = time.perf_counter(), self._copy_state()
        seen: list[tuple[Tensor, Tensor]] = []
        with torch.no_grad():
            halt = math.inf if due is None else due(self.step)
            while block > 0:
                batches = self._batches
                if batches.used == batches.count:
                    batches.draw(self._coupler, self._rng)
                part = int(min(block, batches.count - batches.used, halt - self.step))
                seen.append(self._train(part))
                block -= part
                if self.step == halt and due is not None and keep is not None:
                    keep()
                    halt = due(self.step)
            progress = self._check_losses(seen, before)
        self.seconds += time.perf_counter() - start
        return progress

    def _train(self, steps: int) -> tuple[Tensor, Tensor]:
        """Train on the next batches; the predictions (n, 2) before each step, and the targets."""
        batches, schedule = self._batches, self._next_hyperparameters(steps)
        first, last = batches.used, batches.used + steps
        if self._replay is not None and steps == batches.count:
            self._replay(schedule)
        else:
            optimizer = optimizer_state(self.document.training, self._memory)
            self._run(self._net, batches.data, optimizer, first, schedule.to(self.device))
            if last == batches.count:
                self._capture(optimizer)
        self._count += steps
        self.step += steps
        self._averaged += steps
        batches.used = last
        return batches.predictions(first, last)

    def _capture(self, optimizer: OptimizerState) -> None:
        """Capture the steps of a whole buffer as one CUDA graph, if the device can."""
        if self._capture_tried:
            return
        self._capture_tried = True
        net, data, count = self._net, self._batches.data, self._batches.count
        self._replay = captured(
            lambda hyperparameters: run(net, data, optimizer, 0, hyperparameters),
            count,
            self.device,
        )

    def _next_hyperparameters(self, steps: int) -> Tensor:
        """The hyperparameters (steps, 4) of the next steps.

        The weights' average is a power-law EMA (Karras et al. 2024, arXiv:2312.02696, gamma = 1 /
        ema - 1): after k steps its window is the fraction `ema` of k, so no training length is
        needed in advance.
        """
        training, rows = self.document.training, []
        for k in range(steps):
            decays = (self.step + k) // training.decay_every if training.decay_every else 0
            rate = training.learning_rate * training.decay_factor**decays
            share = 1 / (training.ema * (self._averaged + k) + 1)
            rows.append(hyperparameters_of(training, rate, self._count + k + 1, share))
        return torch.tensor(rows)

    def _check_losses(self, seen: list[tuple[Tensor, Tensor]], before: _TrainerState) -> Progress:
        """Read the losses of a block, its only host sync; save or restore the weights.

        The first loss belongs to the weights `before` the block. Those after it have not been
        evaluated yet, so they are not saved.
        """
        prediction, target = (torch.cat(part) for part in zip(*seen, strict=True))
        power = target.square().sum(1).mean()
        size = self._flat.vector.square().sum()
        rows = self.document.training.batch
        early = squared_error(prediction[:rows], target[:rows])
        losses = early, squared_error(prediction, target), quadratic(prediction, target)
        first, mse, quad, power_, size_ = torch.stack([*losses, power, size]).tolist()
        power_ = max(power_, _MIN_POWER)
        if first <= _GOOD_BELOW * power_:
            self._last_good = before
        if not (math.isfinite(mse) and math.isfinite(size_) and mse <= _DIVERGED_ABOVE * power_):
            at = self.step
            self._restore()
            raise Diverged(
                f"Training diverged at step {at} with learning rate "
                f"{self.document.training.learning_rate:g}: lower it and go on "
                f"from the weights of step {self.step}, or reset.",
                self.weights(),
            )
        return Progress(self.step, mse, quad)

    def _copy_state(self) -> _TrainerState:
        return _TrainerState(
            self.step, self._averaged, self._count, [v.clone() for v in self._state()]
        )

    def _state(self) -> list[Tensor]:
        return [self._flat.vector, self._flat.average, *self._memory]

    def _restore(self) -> None:
        good = self._last_good
        self.step, self._averaged, self._count = good.step, good.averaged, good.count
        for value, saved in zip(self._state(), good.tensors, strict=True):
            value.copy_(saved)

    def swap_data(self, document: Document) -> None:
        """Continue with other distributions or pairs, with the same weights and optimiser state.

        The preconditioning changes only if it no longer brings the data near unit size. Raises
        `Invalid`, changing nothing, if a distribution cannot be built.
        """
        before = self.document
        ends = {name: getattr(document, name) for name in ("source", "target", "coupling")}
        self._take_data(dataclasses.replace(before, **ends))
        preconditioner, moments = self._flat.net.preconditioner, self._moments()
        if preconditioner is not None and preconditioner.is_outdated(moments):
            preconditioner.fit(moments)
            self._buffers = None
        self._averaged = min(self._averaged, _SHORT_MEMORY)
        wanted = resolve_fourier(before.network, document.source, document.target)
        fourier = fourier_count(wanted) > fourier_count(self.network)
        if fourier or self._network_classes != self._classes:
            self._extend_inputs(wanted if fourier else self.network, fourier)
        self._new_batches()

    def _extend_inputs(self, network: Network, fourier: bool) -> None:
        """Give the network Fourier features, or other classes, from now on.

        The weights of new Fourier features start at zero.
        """

        def extended(arrays: Arrays) -> Arrays:
            arrays = with_fourier_features(arrays, network) if fourier else arrays
            return with_classes(arrays, self._classes) if self._classes else arrays

        weights, step, averaged = self.weights(), self.step, self._averaged
        assert weights.raw is not None
        self._build(network)
        for arrays, vector in (
            (weights.arrays, self._flat.average),
            (weights.raw, self._flat.vector),
        ):
            load_arrays(self._flat.net, extended(arrays))
            self._buffers = None
            vector.copy_(self._flat.vector)
        self.step, self._averaged = step, averaged
        self._last_good = self._copy_state()

    def _take_data(self, document: Document) -> None:
        """Build coupler, parameterization and exact target; raises `Invalid`, changing nothing."""
        classes = conditions_of(document) if document.network.conditional else ()
        coupler, parameterization = coupler_of(document), parameterization_of(document)
        exact = _exact(document, self.device)
        self._source, self._target = build(document.source), build(document.target)
        self._coupler, self._parameterization, self._exact = coupler, parameterization, exact
        self._classes = classes  # that a conditional network is conditioned on
        self.document = document

    def set_training(self, training: Training) -> None:
        """Change the learning rate and other training settings from the next step on.

        Raises `Invalid`, changing nothing, for an exact target if none is known.
        """
        before = self.document.training
        document = dataclasses.replace(self.document, training=training)
        if document.network.conditional:
            conditions_of(document)
        if before.target != training.target:
            self._exact = _exact(document, self.device)
        self.document, self._replay, self._capture_tried = document, None, False
        data = ("batch", "stratified", "target", "antithetic")
        if any(getattr(before, name) != getattr(training, name) for name in data):
            self._new_batches()
        if before.optimiser != training.optimiser:
            self._reset_optimizer()
            good, fresh = self._last_good, [value.clone() for value in self._memory]
            self._last_good = _TrainerState(
                good.step, good.averaged, 0, [*good.tensors[:2], *fresh]
            )
        if training.ema and not before.ema:
            self._averaged = min(self._averaged, _SHORT_MEMORY)

    def weights(self) -> Weights:
        """The averaged and the raw weights, as arrays."""
        return self.copy().weights()

    def copy(self) -> WeightsCopy:
        """The weights at this step, copied cheaply."""
        flat = self._flat
        if self._buffers is None:
            learned = {name for name, _ in flat.net.named_parameters()}
            values = flat.net.state_dict().items()
            self._buffers = {name: value.clone() for name, value in values if name not in learned}
        averaged, raw = flat.average.clone(), flat.vector.clone()
        return WeightsCopy(self.step, self.seconds, flat, averaged, raw, self._buffers)

    def load(self, weights: Weights) -> None:
        """Continue from saved weights, with a new optimiser; raises `Invalid` if they don't fit."""
        if not all(np.isfinite(value).all() for value in weights.arrays.values()):
            raise Invalid("These weights hold numbers that are not finite; train anew.")
        network = fourier_from_weights(self.document.network, weights.arrays)
        if network != self.network:
            self._build(network)
        load_arrays(self._flat.net, weights.arrays)  # its parameters are views of the vector
        self._buffers = None
        self._flat.average.copy_(self._flat.vector)
        self.step = self._averaged = weights.step
        self.seconds = weights.seconds
        self._reset_training()
        self._last_good = self._copy_state()

    def checkpoint(self) -> Checkpoint:
        """Everything that `resume` needs; what is left of the batches at hand is not in it."""
        return Checkpoint(
            weights=self.weights(),
            memory=[moment.cpu().numpy().copy() for moment in self._memory],
            optimiser_steps=self._count,
            averaged=self._averaged,
            rng=self._rng.get_state().numpy().copy(),
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of the same document; raises `Invalid` if it doesn't fit."""
        self.load(checkpoint.weights)
        if checkpoint.weights.raw is not None:
            load_arrays(self._flat.net, checkpoint.weights.raw)
        self._averaged, self._count = checkpoint.averaged, checkpoint.optimiser_steps
        for moment, stored in zip(self._memory, checkpoint.memory, strict=False):
            moment.copy_(torch.tensor(stored))
        self._rng.set_state(torch.tensor(checkpoint.rng))
        self._last_good = self._copy_state()


@dataclass(frozen=True, eq=False)
class _TrainerState:
    step: int
    averaged: int
    count: int  # of the optimiser's steps
    tensors: list[Tensor]


def _exact(document: Document, device: str) -> ExactVelocity | None:
    """The exact velocity as the regression target, if the document wants it; raises `Invalid`."""
    if document.training.target != "exact":
        return None
    if document.network.predicts != "velocity":
        raise Invalid(
            "The zero-variance target is a velocity: let the network predict that, or train on "
            "pairs."
        )
    oracle = closed_form(document)
    if oracle is None:
        raise Invalid(
            "The zero-variance target needs the exact velocity as a closed form, as between "
            "independent Gaussian mixtures: choose such shapes, or train on pairs."
        )
    return oracle.to(device, torch.float32).velocity


def run_training(
    document: Document,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Trainer:
    """Train for some steps or seconds, whichever ends first; 2000 steps if neither is given.

    Raises `Invalid` for an unavailable device, and `Diverged`.
    """
    if steps is None and seconds is None:
        steps = 2000
    trainer = Trainer(document, device=device, seed=seed)
    while (steps is None or trainer.step < steps) and (
        seconds is None or trainer.seconds < seconds
    ):
        state = trainer.advance(_BLOCK if steps is None else min(_BLOCK, steps - trainer.step))
        if progress is not None:
            progress(state)
    return trainer


def warm_up() -> None:
    """Run a few throw-away steps, so that the first real ones don't pay for torch's start-up."""
    trainer = Trainer(Document())
    for _ in range(3):  # TorchScript optimises after two calls
        trainer.advance(2)
