"""A network on one flat vector of parameters, and batches, in the layout of `step`."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import Linear

from flowlab.core.learning.fast_step.absolute_step import AbsoluteBatches
from flowlab.core.learning.fast_step.step import ACTIVATIONS, Batches, FlatNetwork
from flowlab.core.learning.networks import PreparedInput, VelocityNet


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples to train on: Y = base + unwhiten^T (gain * r), r the output of the layers.

    The gradient of mean |Y - target|^2 / 2 in r is gain * (output_gram @ (gain * r) -
    scaled_target). Between walls it is A Y that is compared, A = I - m m^T with columns m of
    `normals` (see `wall_factor`).
    """

    inputs: Tensor  # (f + 1, n), features and a row of ones
    base: Tensor  # (k, n), k the outputs of the network
    gain: Tensor  # (k, n)
    rest: Tensor  # (k, n), target - base
    scaled_target: Tensor  # (k, n), unwhiten (target - base) / rows
    unwhiten: Tensor  # (k, k)
    output_gram: Tensor  # (k, k), unwhiten unwhiten^T / rows
    normals: Tensor  # (2, n) between walls, else (0, n)
    scaled_normals: Tensor  # the same, times sqrt((2 - |m|^2) / rows)

    @classmethod
    def of(
        cls,
        prepared: PreparedInput,
        target: Tensor,
        rows: int,
        sqrt_weight: Tensor | None = None,
        normals: Tensor | None = None,
    ) -> Batch:
        """From prepared inputs and the targets (k, n); a step uses `rows` samples.

        `sqrt_weight` (n,) is the square root of each sample's weight in the loss, None for 1;
        prediction and target are multiplied by it. `normals` (2, n) are those between walls, where
        the prediction has no base and no axes of its own.
        """
        base = torch.zeros_like(target) if prepared.base is None else prepared.base
        gain = torch.ones_like(target) if prepared.gain is None else prepared.gain
        unwhiten = (
            torch.eye(len(target)).to(target) if prepared.unwhiten is None else prepared.unwhiten
        )
        if sqrt_weight is not None:
            base, gain, target = sqrt_weight * base, sqrt_weight * gain, sqrt_weight * target
        if normals is None:
            normals = scaled_normals = target[:0]
        else:
            target = _tangent(target, normals)
            scaled_normals = normals * ((2 - normals.square().sum(0)) / rows).sqrt()
        rest = target - base
        scaled_target = (unwhiten / rows) @ rest
        gram = unwhiten @ unwhiten.T / rows
        return cls(
            prepared.features,
            base,
            gain,
            rest,
            scaled_target,
            unwhiten,
            gram,
            normals,
            scaled_normals,
        )

    def part(self, first: int, last: int) -> Batch:
        """A view of the samples first .. last - 1."""
        columns = slice(first, last)
        return Batch(
            self.inputs[:, columns],
            self.base[:, columns],
            self.gain[:, columns],
            self.rest[:, columns],
            self.scaled_target[:, columns],
            self.unwhiten,
            self.output_gram,
            self.normals[:, columns],
            self.scaled_normals[:, columns],
        )

    def copy_(self, other: Batch) -> None:
        """Copy another batch's values into this memory."""
        for spec in fields(self):
            own, value = getattr(self, spec.name), getattr(other, spec.name)
            if own is not value:
                own.copy_(value)

    def prediction(self, output: Tensor) -> Tensor:
        """The prediction (k, n), times sqrt_weight, from the layers' output r (k, n)."""
        free = torch.addmm(self.base, self.unwhiten.T, self.gain * output)
        return _tangent(free, self.normals) if len(self.normals) else free


def _tangent(value: Tensor, normals: Tensor) -> Tensor:
    """A v (2, n) of vectors v (2, n)."""
    return value - normals * (normals * value).sum(0)


def as_batches(batches: list[Batch]) -> Batches:
    """The batches as `step` takes them, with space for the network's outputs."""
    return Batches(
        inputs=[batch.inputs for batch in batches],
        gain=[batch.gain for batch in batches],
        scaled_target=[batch.scaled_target for batch in batches],
        outputs=[torch.empty_like(batch.gain) for batch in batches],
        output_gram=batches[0].output_gram,
        normals=[batch.scaled_normals for batch in batches],
    )


def as_absolute(batches: list[Batch]) -> AbsoluteBatches:
    """The batches as `absolute_step` takes them, with space for the network's outputs."""
    return AbsoluteBatches(
        inputs=[batch.inputs for batch in batches],
        gain=[batch.gain for batch in batches],
        rest=[batch.rest for batch in batches],
        outputs=[torch.empty_like(batch.gain) for batch in batches],
        unwhiten=batches[0].unwhiten,
    )


class FlatParameters:
    """A network whose parameters are views of `vector`, with `gradient` and `average` alike."""

    def __init__(self, net: VelocityNet, activation: str) -> None:
        self.net = net
        layers = [part for part in net.net if isinstance(part, Linear)]
        self._shapes = [(layer.in_features + 1, layer.out_features) for layer in layers]
        layer_vectors = [torch.cat([layer.weight.T, layer.bias[None]]) for layer in layers]
        self.vector = torch.cat([part.reshape(-1) for part in layer_vectors]).detach()
        self.gradient = torch.zeros_like(self.vector)
        self.average = self.vector.clone()
        for layer, view in zip(layers, self._split(self.vector), strict=True):
            layer.weight.requires_grad_(False).data = view[:-1].T
            layer.bias.requires_grad_(False).data = view[-1]
        self._activation = ACTIVATIONS.index(activation)

    def _split(self, vector: Tensor) -> list[Tensor]:
        parts = torch.split(vector, [rows * columns for rows, columns in self._shapes])
        return [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector of this network's parameters, split by name."""
        layers = [(view[:-1].T, view[-1]) for view in self._split(vector)]
        tensors = [part for pair in layers for part in pair]
        return dict(zip((name for name, _ in self.net.named_parameters()), tensors, strict=True))

    def workspace(self, rows: int) -> FlatNetwork:
        """The network with the memory that steps of `rows` samples need."""
        new, weights = self.vector.new_empty, self._split(self.vector)
        widths, outputs = [width for _, width in self._shapes[:-1]], self._shapes[-1][1]
        layer_inputs = [self.vector.new_ones(width + 1, rows) for width in widths]
        return FlatNetwork(
            activation=self._activation,
            weights=[view.T for view in weights],
            weights_t=[view[:-1] for view in weights],
            grad_slots=self._split(self.gradient),
            layer_inputs=layer_inputs,
            activations=[layer[:-1] for layer in layer_inputs],
            preactivations=[new(width, rows) for width in widths],
            grad_activations=new(widths[0], rows),
            scaled_output=new(outputs, rows),
            grad_output=new(outputs, rows),
            vector=self.vector,
            gradient=self.gradient,
            average=self.average,
        )

    def workspace_with_derivatives(self, rows: int) -> FlatNetwork:
        """The same with two derivatives of each sample beside it; those of ones are zeros."""
        net = self.workspace(3 * rows)
        for layer in net.layer_inputs:
            layer[-1, rows:] = 0
        return net
