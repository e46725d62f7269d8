"""Steps of training on the minibatches at hand, as fast as the device takes them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.document.training import ABSOLUTE, Training
from flowlab.core.learning.fast_step.absolute_step import compiled_absolute, run_absolute
from flowlab.core.learning.fast_step.cuda_graph import Steps, captured
from flowlab.core.learning.fast_step.implicit_step import compiled_implicit, run_implicit
from flowlab.core.learning.fast_step.step import OptimizerState, compiled, run
from flowlab.core.learning.implicit_batches import ImplicitBuffer
from flowlab.core.learning.minibatches import BatchBuffer
from flowlab.core.learning.optimisers import hyperparameter_rows, optimizer_state
from flowlab.core.learning.trainer_state import TrainerState
from flowlab.core.learning.training_data import TrainingData


class Stepper:
    """Minibatches of the data, and the steps on them, which change a trainer's state."""

    def __init__(
        self, state: TrainerState, data: TrainingData, training: Training, device: str
    ) -> None:
        self._state, self._coupler, self._device = state, data.coupler, device
        self.batches: BatchBuffer | ImplicitBuffer
        self._steps: Callable[..., None]
        if data.noised is not None and training.score_matching == "implicit":
            self.batches = ImplicitBuffer(state.flat.net, training, data.noised)
            self._steps, self._run = run_implicit, compiled_implicit()
            self._net = self.batches.workspace(state.flat)
        else:
            self.batches = BatchBuffer(
                state.flat.net, data.parameterization, training, data.exact, data.noised
            )
            absolute = training.objective == ABSOLUTE
            self._steps = run_absolute if absolute else run
            self._run = compiled_absolute() if absolute else compiled()
            self._net = state.flat.workspace(training.batch)
        self.set_training(training)

    def set_training(self, training: Training) -> None:
        """Change what doesn't change the batches, from the next step on."""
        self._training = training
        self._replay: Steps | None = None  # of the steps of a whole buffer
        self._capture_tried = False  # whether capturing was tried

    @property
    def implicit(self) -> bool:
        """True if nothing but points is drawn, which have no targets."""
        return isinstance(self.batches, ImplicitBuffer)

    def draw(self, rng: torch.Generator) -> int:
        """Draw new batches once all have been trained on; how many are left for the next steps."""
        batches = self.batches
        if batches.used == batches.count:
            batches.draw(self._coupler, rng)
        return batches.count - batches.used

    def train(self, steps: int) -> tuple[Tensor, Tensor]:
        """Train on the next batches; the predictions (n, k) before each step, and the targets.

        In place of targets, the predictions' divergence (n,) where they are `implicit`.
        """
        batches, schedule = self.batches, self._next_hyperparameters(steps)
        first, last = batches.used, batches.used + steps
        if self._replay is not None and steps == batches.count:
            self._replay(schedule)
        else:
            optimizer = optimizer_state(self._training, self._state.memory)
            self._run(self._net, batches.data, optimizer, first, schedule.to(self._device))
            if last == batches.count:
                self._capture(optimizer)
        self._state.count_steps(steps)
        batches.used = last
        return batches.predictions(first, last)

    def _capture(self, optimizer: OptimizerState) -> None:
        """Capture the steps of a whole buffer as one CUDA graph, if the device can."""
        if self._capture_tried:
            return
        self._capture_tried = True
        net, data, count, steps = self._net, self.batches.data, self.batches.count, self._steps
        self._replay = captured(
            lambda hyperparameters: steps(net, data, optimizer, 0, hyperparameters),
            count,
            self._device,
        )

    def _next_hyperparameters(self, steps: int) -> Tensor:
        """The hyperparameters (steps, 4) of the next steps."""
        state = self._state
        return hyperparameter_rows(
            self._training, steps, step=state.step, count=state.count, averaged=state.averaged
        )
