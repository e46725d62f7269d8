"""Snapshots of the weights of earlier steps: bounded in memory and even in log step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from flowlab.core.array_types import AnyArray
from flowlab.core.document.document import Document
from flowlab.core.learning.weights import Weights
from flowlab.core.learning.weights_copy import WeightsCopy
from flowlab.work.model import Model

MEMORY = 16_000_000  # bytes that the snapshots of one training may take
MOST, PLENTY, LEAST = 128, 64, 4  # snapshots; at least LEAST are kept even of the largest networks
SMALL = (
    256  # numbers; shorter arrays (biases, moments of the data) are never rounded to half precision
)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The weights of one step, and the document that was trained then."""

    document: Document
    stored: (
        WeightsCopy | Weights
    )  # of the larger networks without the raw ones, or in half precision
    device: str = "cpu"

    @property
    def step(self) -> int:
        """Steps of training behind it."""
        return self.stored.step

    @property
    def nbytes(self) -> int:
        """Memory in bytes of the arrays."""
        return size_of(self.stored)

    @property
    def weights(self) -> Weights:
        """The stored weights as arrays."""
        return self.stored.weights() if isinstance(self.stored, WeightsCopy) else self.stored

    @property
    def saved(self) -> Weights:
        """What a session stores of it."""
        stored = self.stored
        return halved(stored.weights(both=False) if isinstance(stored, WeightsCopy) else stored)

    def model(self, document: Document) -> Model:
        """The network of that step, in single precision, to be judged by the present document."""
        return Model(document, _single(self.weights), self.device)


class WeightsHistory:
    """The snapshots of one training; one thread adds to them, any may read.

    When there are too many, the snapshot is dropped whose neighbours are nearest in log step; the
    first and the newest stay.
    """

    def __init__(self, snapshots: tuple[Snapshot, ...] = ()) -> None:
        self.snapshots = snapshots  # by ascending step; replaced as a whole

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of all snapshots."""
        return tuple(snapshot.step for snapshot in self.snapshots)

    def add(self, document: Document, weights: WeightsCopy | Weights, device: str = "cpu") -> None:
        """Keep weights that learned `document`; what was kept of their step and later ones goes."""
        new = Snapshot(document, compact(weights), device)
        earlier = [snapshot for snapshot in self.snapshots if snapshot.step < new.step]
        self.snapshots = tuple(_bounded([*earlier, new]))

    def nearest(self, step: int) -> Snapshot | None:
        """The snapshot whose step is nearest to `step`; None while there is none."""
        return min(self.snapshots, key=lambda snapshot: abs(snapshot.step - step), default=None)


def due_after(step: int) -> int:
    """The step of the next snapshot: 1, 2, 4, 8, then every eighth, from 64 on four per doubling.

    From 512 on there are eight per doubling, which then end few blocks of training early. All are
    multiples of powers of two, as the buffers of batches are.
    """
    b = step.bit_length()
    gap = max(min(8, 1 << max(0, b - 1)), min(64, 1 << max(0, b - 3)), 1 << max(0, b - 4))
    return (step // gap + 1) * gap


T = TypeVar("T", Snapshot, Weights)


def thinned(snapshots: Sequence[T], most: int) -> list[T]:
    """At most `most` (2 or more) of the snapshots, even in log step, with the first and last."""
    remaining = list(snapshots)
    while len(remaining) > most:
        del remaining[_least_missed([snapshot.step for snapshot in remaining])]
    return remaining


def compact(weights: WeightsCopy | Weights) -> WeightsCopy | Weights:
    """The weights in the best form that leaves room for many: all, averaged only, or in 16 bits."""
    if size_of(weights) * PLENTY <= MEMORY:
        return weights
    single = weights.weights(both=False) if isinstance(weights, WeightsCopy) else weights
    averaged = replace(single, raw=None)
    return averaged if size_of(averaged) * PLENTY <= MEMORY else halved(averaged)


def halved(weights: Weights) -> Weights:
    """The averaged weights, matrices in half precision unless their numbers overflow it."""
    arrays = {name: _half(value) for name, value in weights.arrays.items()}
    return replace(weights, raw=None, arrays=arrays)


def size_of(weights: WeightsCopy | Weights) -> int:
    """Memory in bytes of all arrays of the weights."""
    if isinstance(weights, WeightsCopy):
        return weights.nbytes
    parts = (weights.arrays, weights.raw or {})
    return sum(value.nbytes for arrays in parts for value in arrays.values())


def _bounded(remaining: list[Snapshot]) -> list[Snapshot]:
    room = sum(snapshot.nbytes for snapshot in remaining)
    while len(remaining) > LEAST and (len(remaining) > MOST or room > MEMORY):
        room -= remaining.pop(_least_missed([snapshot.step for snapshot in remaining])).nbytes
    return remaining


def _least_missed(steps: Sequence[int]) -> int:
    """Index of the inner step whose removal leaves the smallest gap in log step."""

    def gap(i: int) -> float:
        return (steps[i + 1] + 1) / (steps[i - 1] + 1)  # its logarithm is the gap

    return min(range(1, len(steps) - 1), key=gap)


def _half(value: AnyArray) -> AnyArray:
    fits = value.size >= SMALL and float(np.abs(value).max()) < float(np.finfo(np.float16).max)
    return value.astype(np.float16) if fits else value


def _single(weights: Weights) -> Weights:
    wide = {
        name: value.astype(np.float32) if value.dtype == np.float16 else value
        for name, value in weights.arrays.items()
    }
    return replace(weights, arrays=wide)
