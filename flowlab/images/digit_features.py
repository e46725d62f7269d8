"""What tells digits apart: a small classifier, whose features measure how real digits look.

It was trained on the 8,000 digits that are there to learn from; its accuracy on the other 2,000 is
on the card beside its weights.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional

from flowlab.core.document.streams import Stream, torch_rng
from flowlab.images.digits import Pictures
from flowlab.resources import asset

FEATURES = 64
_FILE = "digits/features.safetensors"
_BATCH, _RATE = 128, 2e-3


class DigitClassifier(nn.Module):
    """Two convolutions and a layer of 64 features, of digits (n, 1, 28, 28) in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 24, 5, 2, 2)
        self.conv2 = nn.Conv2d(24, 48, 3, 2, 1)
        self.features = nn.Linear(48 * 49, FEATURES)
        self.classes = nn.Linear(FEATURES, 10)

    def features_of(self, x: Tensor) -> Tensor:
        """The features (n, 64), none of them negative."""
        h = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        return functional.relu(self.features(h.flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        """The score of each class, (n, 10)."""
        scores: Tensor = self.classes(self.features_of(x))
        return scores


def train_classifier(data: Pictures, epochs: int, seed: int = 0) -> DigitClassifier:
    """A classifier of digits, trained with Adam and shifts of up to two pixels."""
    rng = torch_rng(seed, Stream.DIGIT_CLASSIFIER)
    net = DigitClassifier()
    with torch.no_grad():
        for value in net.parameters():
            value.normal_(0, (2 / max(1, value[0].numel())) ** 0.5, generator=rng)
            value.mul_(value.ndim > 1)
    steps = epochs * (len(data) // _BATCH)
    optimiser = torch.optim.Adam(net.parameters(), lr=_RATE)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))
    for _ in range(steps):
        at = torch.randint(len(data), (_BATCH,), generator=rng)
        with torch.enable_grad():
            loss = functional.cross_entropy(net(_shifted(data.pictures[at], rng)), data.labels[at])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
        optimiser.step()
        rate.step()
    return net.requires_grad_(False).eval()


def _shifted(x: Tensor, rng: torch.Generator) -> Tensor:
    """The pictures moved by up to two pixels each way, as one."""
    right, down = torch.randint(-2, 3, (2,), generator=rng).tolist()
    return torch.roll(x, (down, right), (2, 3))


def accuracy(net: nn.Module, data: Pictures) -> float:
    """The share of digits whose class is found."""
    with torch.no_grad():
        return float((net(data.pictures).argmax(1) == data.labels).float().mean())


@lru_cache(maxsize=1)
def digit_classifier() -> DigitClassifier:
    """The bundled classifier."""
    net = DigitClassifier()
    with safe_open(str(asset(_FILE)), "pt") as file:
        net.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    return net.requires_grad_(False).eval()


def classifier_card() -> dict[str, Any]:
    """What is known of the bundled classifier: data, seed, epochs, accuracy."""
    with safe_open(str(asset(_FILE)), "pt") as file:
        card: dict[str, Any] = json.loads(file.metadata()["card"])
    return card
