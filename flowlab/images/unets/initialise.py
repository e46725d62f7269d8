"""Initial values for the weights of a network that is to be trained."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from flowlab.core.document.limits import Invalid
from flowlab.images.unets.network import ImageNetwork


def initialised(module: ImageNetwork, rng: torch.Generator) -> ImageNetwork:
    """The network of `build` with initial weights, on the CPU and ready for training.

    Drawn from `rng` by torch's default distributions: uniform within 1 / sqrt(inputs) for
    convolutions and linear layers, standard normal for tables; norms start as the identity. Layers
    that a network lists in `zero_at_start` start at zero, so that each of its blocks does.
    Raises `Invalid` for a network that is only opened here, with the weights of a file.
    """
    if not module.trainable:
        raise Invalid("This network can't be trained here; take unet2d, simple_unet or digits.")
    weights: dict[str, Tensor] = {}
    for path, layer in module.named_modules():
        for name, value in layer.named_parameters(path, recurse=False):
            weights[name] = _initial(layer, name.rpartition(".")[2], value, rng)
        for name, value in layer.named_buffers(path, recurse=False):
            ones = name.endswith("running_var")
            weights[name] = torch.full(value.shape, 1 if ones else 0, dtype=value.dtype)
    for name in module.zero_at_start():
        weights[name].zero_()
    module.load_state_dict(weights, assign=True)
    return module.requires_grad_(True).train()


def _initial(layer: nn.Module, name: str, value: Tensor, rng: torch.Generator) -> Tensor:
    start = torch.zeros(value.shape)
    if isinstance(layer, nn.Embedding):
        return start.normal_(generator=rng)
    if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d):
        bound = 1 / math.sqrt(layer.weight[0].numel())  # torch counts the same numbers
        return start.uniform_(-bound, bound, generator=rng)
    return start.fill_(0.0 if name == "bias" else 1.0)  # a norm's
