"""Minibatches of implicit score matching between walls: noised points, and no score of theirs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.document.training import Training
from flowlab.core.interpolants.couplings import Coupler
from flowlab.core.learning.fast_step.flat_network import FlatParameters
from flowlab.core.learning.fast_step.implicit_step import ImplicitBatches
from flowlab.core.learning.fast_step.step import FlatNetwork
from flowlab.core.learning.minibatches import batch_count, by_columns, told
from flowlab.core.learning.networks import VelocityNet
from flowlab.core.learning.wall_pairs import NoisedPoints, WallPairs


@dataclass(frozen=True, eq=False)
class ImplicitBatch:
    """What a step needs of n samples: see `implicit_step.ImplicitBatches`."""

    inputs: Tensor  # (f + 1, 3, n)
    gain: Tensor  # (2, n)
    normals: Tensor  # (2, n)
    drift: Tensor  # (2, n), for the mean over one sample
    turn: Tensor  # (2, 2, n), likewise

    @classmethod
    def of(
        cls,
        net: VelocityNet,
        x: Tensor,
        t: Tensor,
        sigma: Tensor,
        normals: Tensor,
        drift: Tensor,
        condition: Tensor | None,
    ) -> ImplicitBatch:
        """From points x (n, 2) at t (n,), the factor's m (2, n), and sigma div(m m^T) (2, n)."""
        prepared = net.prepare(x, t, None, condition)
        gain = torch.ones_like(normals) if prepared.gain is None else prepared.gain
        inputs = torch.stack([prepared.features, *net.slopes(prepared.features)], 1)
        factor = torch.eye(2, device=x.device)[:, :, None] - normals[:, None] * normals
        return cls(inputs, gain, normals, drift, sigma * gain[:, None] * factor)

    def divergence(self, outputs: Tensor) -> Tensor:
        """Sigma div(A F) (n,), from the outputs (2, 3, n)."""
        value, derivatives = self.gain * outputs[:, 0], outputs[:, 1:]
        return (self.turn * derivatives).sum((0, 1)) - (self.drift * value).sum(0)

    def prediction(self, outputs: Tensor) -> Tensor:
        """A F (2, n), from the outputs (2, 3, n)."""
        value = self.gain * outputs[:, 0]
        return value - self.normals * (self.normals * value).sum(0)


class ImplicitBuffer:
    """Several minibatches in reused memory, as `BatchBuffer`'s."""

    def __init__(self, net: VelocityNet, training: Training, noised: NoisedPoints) -> None:
        self._net, self._rows = net, training.batch
        self.count = batch_count(training.batch)
        self._pairs = WallPairs(noised, training.batch, self.count, implicit=True)
        self._walls = noised.walls
        self.data: ImplicitBatches | None = None
        self._joined: ImplicitBatch | None = None
        self.used = self.count  # batches already trained on

    def workspace(self, flat: FlatParameters) -> FlatNetwork:
        """The network with the memory that steps need."""
        return flat.workspace_with_derivatives(self._rows)

    def draw(self, _: Coupler, rng: torch.Generator) -> None:
        """Refill the buffer with new points between walls."""
        x, t, drift, normals, condition = self._pairs.draw(rng)
        condition = told(self._net, condition, rng)
        sigma = self._walls.variance(t).sqrt()
        self._joined = ImplicitBatch.of(
            self._net, by_columns(x), t, sigma, normals.T, drift.T, condition
        )
        self._store(self._joined)
        self.used = 0

    def _store(self, joined: ImplicitBatch) -> None:
        """Write a buffer's values where the steps read them."""
        n, m = self._rows, joined.normals
        scaled = m * ((2 - m.square().sum(0)) / n).sqrt()
        values = joined.inputs, joined.gain, scaled, joined.drift / n, joined.turn / n
        parts = [[part.flatten(1) for part in torch.split(value, n, -1)] for value in values]
        if self.data is None:
            inputs, gain, normals, drift, turn = ([v.clone() for v in part] for part in parts)
            outputs = [part.new_empty(2, 3 * n) for part in inputs]
            self.data = ImplicitBatches(inputs, gain, normals, drift, turn, outputs)
            return
        for own, new in zip(self.data, parts, strict=False):  # all but the outputs
            for memory, value in zip(own, new, strict=True):
                memory.copy_(value)

    def predictions(self, first: int, last: int) -> tuple[Tensor, Tensor]:
        """Predictions (n, 2) for batches first .. last - 1, and sigma times their divergence."""
        assert self.data is not None
        assert self._joined is not None
        shape = 2, 3, self._rows
        outputs = torch.cat([v.reshape(shape) for v in self.data.outputs[first:last]], 2)
        columns = slice(first * self._rows, last * self._rows)
        part = ImplicitBatch(
            **{name: value[..., columns] for name, value in vars(self._joined).items()}
        )
        return part.prediction(outputs).T, part.divergence(outputs)
