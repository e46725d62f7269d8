"""The weights as they were: a bounded ring of snapshots, dense early and even in log step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.learning.weights import Weights
from flowlab.core.learning.weights_copy import WeightsCopy
from flowlab.work.model import Model

MEMORY = 16_000_000  # bytes that the snapshots of one training may take
MOST, PLENTY, LEAST = 128, 64, 4  # snapshots; so few are kept of the largest networks at any cost
SMALL = 256  # numbers; shorter arrays (biases, moments of the data) are never made coarser

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The weights of one step, and the document that was being learned then."""

    document: Document
    kept: WeightsCopy | Weights  # of the larger networks without the raw ones, or in half precision
    device: str = "cpu"

    @property
    def step(self) -> int:
        """Steps of training behind it."""
        return self.kept.step

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the arrays."""
        return size_of(self.kept)

    @property
    def weights(self) -> Weights:
        """What is kept, as arrays."""
        return self.kept.weights() if isinstance(self.kept, WeightsCopy) else self.kept

    @property
    def saved(self) -> Weights:
        """What a session stores of it."""
        kept = self.kept
        return halved(kept.weights(both=False) if isinstance(kept, WeightsCopy) else kept)

    def model(self) -> Model:
        """The network as it was, in single precision."""
        return Model(self.document, _single(self.weights), self.device)


class WeightsHistory:
    """The moments of one training; one thread adds to them, any may read.

    When there is no room left, the moment goes that its neighbours in log step miss least; the
    first and the newest stay.
    """

    def __init__(self) -> None:
        self.moments: tuple[Snapshot, ...] = ()  # by ascending step; replaced as a whole

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that are kept."""
        return tuple(moment.step for moment in self.moments)

    def add(self, document: Document, weights: WeightsCopy | Weights, device: str = "cpu") -> None:
        """Keep weights that learned `document`; what was kept of their step and later ones goes."""
        new = Snapshot(document, compact(weights), device)
        kept = [moment for moment in self.moments if moment.step < new.step]
        self.moments = tuple(_bounded([*kept, new]))

    def nearest(self, step: int) -> Snapshot | None:
        """The moment kept whose step is nearest, or None while nothing is kept."""
        return min(self.moments, key=lambda moment: abs(moment.step - step), default=None)


def due_after(step: int) -> int:
    """The step to be kept next: 1, 2, 4, 8, then every eighth, from 64 on four to a doubling.

    From 512 on there are eight, when blocks of training are ended early by few of them. All are
    multiples of powers of two, as pools of batches are.
    """
    b = step.bit_length()
    gap = max(min(8, 1 << max(0, b - 1)), min(64, 1 << max(0, b - 3)), 1 << max(0, b - 4))
    return (step // gap + 1) * gap


T = TypeVar("T", Snapshot, Weights)


def thinned(moments: Sequence[T], most: int) -> list[T]:
    """At most so many (2 or more), even in log step, the first and the last among them."""
    kept = list(moments)
    while len(kept) > most:
        del kept[_least_missed([moment.step for moment in kept])]
    return kept


def compact(kept: WeightsCopy | Weights) -> WeightsCopy | Weights:
    """The weights in the best form of which plenty fit: as they are, averaged, in 16 bits."""
    if size_of(kept) * PLENTY <= MEMORY:
        return kept
    weights = kept.weights(both=False) if isinstance(kept, WeightsCopy) else kept
    averaged = replace(weights, raw=None)
    return averaged if size_of(averaged) * PLENTY <= MEMORY else halved(averaged)


def halved(weights: Weights) -> Weights:
    """The averaged weights, matrices in half precision unless it cannot hold their numbers."""
    arrays = {name: _half(value) for name, value in weights.arrays.items()}
    return replace(weights, raw=None, arrays=arrays)


def size_of(weights: WeightsCopy | Weights) -> int:
    """Bytes of all its arrays."""
    if isinstance(weights, WeightsCopy):
        return weights.nbytes
    parts = (weights.arrays, weights.raw or {})
    return sum(value.nbytes for arrays in parts for value in arrays.values())


def _bounded(kept: list[Snapshot]) -> list[Snapshot]:
    room = sum(moment.nbytes for moment in kept)
    while len(kept) > LEAST and (len(kept) > MOST or room > MEMORY):
        room -= kept.pop(_least_missed([moment.step for moment in kept])).nbytes
    return kept


def _least_missed(steps: Sequence[int]) -> int:
    """Index of the inner step without which the gap in log step is the least."""

    def gap(i: int) -> float:
        return (steps[i + 1] + 1) / (steps[i - 1] + 1)  # its logarithm is the gap

    return min(range(1, len(steps) - 1), key=gap)


def _half(value: Array) -> Array:
    fits = value.size >= SMALL and float(np.abs(value).max()) < float(np.finfo(np.float16).max)
    return value.astype(np.float16) if fits else value


def _single(weights: Weights) -> Weights:
    wide = {
        name: value.astype(np.float32) if value.dtype == np.float16 else value
        for name, value in weights.arrays.items()
    }
    return replace(weights, arrays=wide)
