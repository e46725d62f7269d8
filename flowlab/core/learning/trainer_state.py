"""What training changes: weights, their average, the optimiser's memory, and how to go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.array_types import AnyArray
from flowlab.core.document.network import Network
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.document.training import Training
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.networks import (
    build_network,
    load_arrays,
    with_classes,
    with_fourier_features,
)
from flowlab.core.learning.optimisers import initial_memory
from flowlab.core.learning.preconditioning import Moments
from flowlab.core.learning.training_data import TrainingData
from flowlab.core.learning.weights import Checkpoint, Weights
from flowlab.core.learning.weights_copy import WeightsCopy

Arrays = Mapping[str, AnyArray]

_SHORT_MEMORY = 100  # steps that the average remembers after the data change


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Copies of the weights and the optimiser's memory at one step."""

    step: int
    averaged: int
    count: int  # of the optimiser's steps
    tensors: list[Tensor]


class TrainerState:
    """A network, preconditioned for its data, and all that its training has made so far."""

    def __init__(
        self, network: Network, data: TrainingData, training: Training, seed: int, device: str
    ) -> None:
        self.network = network  # the document's, with `auto` resolved
        self.classes = data.classes
        initial = torch_rng(seed, Stream.INITIAL_WEIGHTS)
        net = build_network(
            network, data.moments(seed), initial, data.parameterization, data.classes
        )
        self.flat = FlatParameters(net.to(device), network.activation)
        self._buffers: dict[str, Tensor] | None = None  # buffers, as last copied
        self.step, self.seconds = 0, 0.0
        self.averaged = 0  # steps in the average
        self.reset_optimizer(training)
        self.keep(self.snapshot())

    def reset_optimizer(self, training: Training) -> None:
        """New optimiser state."""
        self.memory = initial_memory(training.optimiser, self.flat.vector)
        self.count = 0  # its steps

    def change_optimizer(self, training: Training) -> None:
        """New optimiser state, to which the last good weights return as well."""
        self.reset_optimizer(training)
        good, fresh = self._last_good, [value.clone() for value in self.memory]
        self.keep(Snapshot(good.step, good.averaged, 0, [*good.tensors[:2], *fresh]))

    def shorten_average(self) -> None:
        """Let the average forget what lies farther back than a short while."""
        self.averaged = min(self.averaged, _SHORT_MEMORY)

    def count_steps(self, steps: int) -> None:
        """Count steps just taken."""
        self.count += steps
        self.step += steps
        self.averaged += steps

    def refit(self, moments: Moments) -> None:
        """Fit the preconditioning anew, if it no longer brings the data near unit size."""
        preconditioner = self.flat.net.preconditioner
        if preconditioner is not None and preconditioner.is_outdated(moments):
            preconditioner.fit(moments)
            self._buffers = None

    # going back

    def snapshot(self) -> Snapshot:
        """Copies of what a step changes."""
        return Snapshot(self.step, self.averaged, self.count, [v.clone() for v in self._tensors()])

    def keep(self, good: Snapshot) -> None:
        """Make these the last good weights."""
        self._last_good = good

    def restore(self) -> None:
        """Return to the last good weights."""
        good = self._last_good
        self.step, self.averaged, self.count = good.step, good.averaged, good.count
        for value, saved in zip(self._tensors(), good.tensors, strict=True):
            value.copy_(saved)

    def _tensors(self) -> list[Tensor]:
        return [self.flat.vector, self.flat.average, *self.memory]

    # weights from and to elsewhere

    def copy(self) -> WeightsCopy:
        """The weights at this step, copied cheaply."""
        flat = self.flat
        if self._buffers is None:
            learned = {name for name, _ in flat.net.named_parameters()}
            values = flat.net.state_dict().items()
            self._buffers = {name: value.clone() for name, value in values if name not in learned}
        averaged, raw = flat.average.clone(), flat.vector.clone()
        return WeightsCopy(self.step, self.seconds, flat, averaged, raw, self._buffers)

    def load(self, weights: Weights) -> None:
        """Take over saved weights as raw and averaged ones; raises `Invalid` if they don't fit."""
        load_arrays(self.flat.net, weights.arrays)  # its parameters are views of the vector
        self._buffers = None
        self.flat.average.copy_(self.flat.vector)
        self.step = self.averaged = weights.step
        self.seconds = weights.seconds

    def resume(self, checkpoint: Checkpoint) -> None:
        """After its averaged weights are loaded, take over the rest of a checkpoint."""
        if checkpoint.weights.raw is not None:
            load_arrays(self.flat.net, checkpoint.weights.raw)
        self.averaged, self.count = checkpoint.averaged, checkpoint.optimiser_steps
        for moment, stored in zip(self.memory, checkpoint.memory, strict=False):
            moment.copy_(torch.tensor(stored))

    def continue_from(self, earlier: TrainerState, *, fourier: bool) -> None:
        """Take over the weights of a network with fewer Fourier features, or other classes.

        The weights of new Fourier features start at zero.
        """

        def extended(arrays: Arrays) -> Arrays:
            arrays = with_fourier_features(arrays, self.network) if fourier else arrays
            return with_classes(arrays, self.classes) if self.classes else arrays

        weights = earlier.copy().weights()
        assert weights.raw is not None
        for arrays, vector in (
            (weights.arrays, self.flat.average),
            (weights.raw, self.flat.vector),
        ):
            load_arrays(self.flat.net, extended(arrays))
            self._buffers = None
            vector.copy_(self.flat.vector)
        self.step, self.averaged, self.seconds = earlier.step, earlier.averaged, earlier.seconds
        self.keep(self.snapshot())
