"""What a network of pictures predicts, as one thing: the clean picture, and the noise in it.

A noisy picture is x = a x1 + b x0, x1 the picture and x0 ~ N(0, I). Networks differ in what they
predict of it, in how x is scaled before they see it, and in how they are told how noisy it is; a
`PictureModel` hides all three, so that every sampler works with every network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.levels import Levels
from flowlab.core.document.arguments import name_of

PREDICTS = {
    "velocity": "x₁ − x₀ on the linear path",
    "velocity into noise": "x₀ − x₁, of programs whose time is 1 at the noise",
    "noise": "the noise x₀",
    "noise and variance": "the noise, and how noisy a step back is",
    "data": "the clean picture x₁",
    "v": "a x₀ − b x₁ where a² + b² = 1",
    "score": "the score −x₀/b",
}
_LEAST = 1e-4  # of a share of data or noise that is divided by

Network = Callable[[Tensor, Tensor, "Tensor | None"], Tensor]


class Ends(NamedTuple):
    """What a noisy picture is made of, as a network sees it: (n, channels, side, side) each."""

    data: Tensor  # E[x1 | x]
    noise: Tensor  # E[x0 | x]


@dataclass(frozen=True, eq=False)
class UnitTime:
    """The network is told t = a / (a + b), times `scale`, and sees x / (a + b): the linear path.

    1 - t if it is `backwards`.
    """

    scale: float = 1.0
    backwards: bool = False

    def told(self, a: float, b: float) -> float:
        """The number that the network is told."""
        return self.scale * (b if self.backwards else a) / (a + b)

    def seen(self, a: float, b: float) -> float:
        """What x is multiplied by before the network sees it."""
        return 1 / (a + b)


@dataclass(frozen=True, eq=False)
class WholeSteps:
    """The network is told the step k - 1 of a schedule, from 0, and sees x with a^2 + b^2 = 1."""

    steps: Doubles  # ascending
    log_ratios: Doubles  # log(b / a) at each, ascending too

    @classmethod
    def of(cls, levels: Levels) -> WholeSteps:
        """Of a schedule whose variance is kept; its last level, the data, has no number."""
        k, ratio = levels.k[:-1].flip(0), (levels.noise[:-1] / levels.signal[:-1]).flip(0)
        return cls(k.double().numpy() - 1, ratio.log().numpy())

    def told(self, a: float, b: float) -> float:
        """The step, between two where it is no whole one, and the nearest beyond the schedule."""
        ratio = np.log(max(b, _LEAST) / max(a, _LEAST))
        return float(np.interp(ratio, self.log_ratios, self.steps))

    def seen(self, a: float, b: float) -> float:
        """What x is multiplied by before the network sees it."""
        return 1 / math.hypot(a, b)


@dataclass(frozen=True, eq=False)
class SigmaTime:
    """The network is told sigma = b / a, or its logarithm, and sees x / a: the data plus noise.

    Beyond the `least` and the `most` it is told these.
    """

    least: float
    most: float
    log: bool = False

    def told(self, a: float, b: float) -> float:
        """The number that the network is told."""
        sigma = min(max(b / max(a, _LEAST), self.least), self.most)
        return math.log(sigma) if self.log else sigma

    def seen(self, a: float, _: float) -> float:
        """What x is multiplied by before the network sees it."""
        return 1 / max(a, _LEAST)


@dataclass(frozen=True, eq=False)
class PictureModel:
    """A network, what it predicts, and how it is told the noise; see `PREDICTS`."""

    network: Network
    predicts: str
    time: UnitTime | WholeSteps | SigmaTime

    def __post_init__(self) -> None:
        """Raises `Invalid` for another prediction."""
        name_of(self.predicts, PREDICTS, "prediction of a network of pictures")

    def ends(self, x: Tensor, a: float, b: float, label: Tensor | None = None) -> Ends:
        """The clean picture and the noise expected in x = a x1 + b x0, x (n, c, h, w).

        `label` (n,) are the classes of a network that takes them.
        """
        scale = self.time.seen(a, b)
        told = torch.full((len(x),), self.time.told(a, b), dtype=x.dtype, device=x.device)
        out = self.network(scale * x, told, label)
        return self._ends(scale * x, out, scale * a, scale * b)

    def velocity(self, x: Tensor, t: float, label: Tensor | None = None) -> Tensor:
        """E[x1 - x0 | x] on the linear path x = t x1 + (1 - t) x0, x (n, c, h, w)."""
        data, noise = self.ends(x, t, 1 - t, label)
        return data - noise

    def _ends(self, x: Tensor, out: Tensor, a: float, b: float) -> Ends:
        """From the network's output, at x as it saw it."""
        if self.predicts in ("velocity", "velocity into noise"):
            v = out if self.predicts == "velocity" else -out
            return Ends((x + b * v) / (a + b), (x - a * v) / (a + b))
        if self.predicts == "v":
            return Ends(a * x - b * out, b * x + a * out)
        if self.predicts == "data":
            return Ends(out, (x - a * out) / max(b, _LEAST))
        noise = -b * out if self.predicts == "score" else out[:, : x.shape[1]]
        return Ends((x - b * noise) / max(a, _LEAST), noise)
