"""The bundled pictures: 10,000 handwritten digits, in a part to learn from and one to test with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from flowlab.core.array_types import Ints
from flowlab.core.document.arguments import name_of
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.resources import asset

TRAIN = 8000  # of 10,000; the others are for tests
SIDES = (14, 16, 28, 32)  # of pictures that the digits can be had as


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures (n, channels, side, side) in [-1, 1], float32, and their classes (n,)."""

    pictures: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.labels)


def digits(part: str = "train", side: int = 28) -> Pictures:
    """The digits "train" (8,000) or "test" (2,000), as pictures of one channel and that side.

    28 is their own; 32 has two more dark pixels around them, and 14 and 16 are means of 2 x 2 of
    these. From the MNIST database, see assets/digits. Raises `Invalid` for another part or side.
    """
    name_of(part, ("train", "test"), "part of the digits")
    if side not in SIDES:
        raise Invalid(f"The digits have a side of 14, 16, 28 or 32 pixels, not {shown(side)}.")
    pictures, labels = _digits()
    chosen = _order(len(labels))
    chosen = chosen[:TRAIN] if part == "train" else chosen[TRAIN:]
    x = torch.from_numpy(pictures[chosen]).float()[:, None] / 127.5 - 1
    return Pictures(_resized(x, side), torch.from_numpy(labels[chosen].astype(np.int64)))


def _resized(x: Tensor, side: int) -> Tensor:
    if side in (16, 32):
        x = functional.pad(x, (2, 2, 2, 2), value=-1.0)
    return functional.avg_pool2d(x, 2) if side in (14, 16) else x


def _order(n: int) -> Ints:
    return numpy_rng(0, Stream.DIGITS_SPLIT).permutation(n)


@lru_cache(maxsize=1)
def _digits() -> tuple[np.ndarray, np.ndarray]:
    with np.load(asset("digits") / "digits.npz", allow_pickle=False) as file:
        return file["pictures"], file["labels"]
