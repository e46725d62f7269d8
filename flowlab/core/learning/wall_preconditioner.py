"""Preconditioning of a score between walls: positions by the walls' box, outputs by the noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.learning.preconditioning import Moments


class WallPreconditioner(nn.Module):
    """Positions get unit variance where they are uniform in the walls' box.

    Sigma times the score is of unit size where there is little noise. In time it vanishes with the
    slowest way to uniform, about as in an interval as long as the walls' size, and so does `gain`.
    It depends on the document alone, so nothing of it is saved with the weights.
    """

    centre: Tensor  # (2, 1)
    scale: Tensor  # (2, 1)
    output_axes: Tensor  # (2, 2), none of its own

    def __init__(self, walls: WallNoise) -> None:
        super().__init__()
        self.walls = walls
        x0, y0, x1, y1 = walls.domain.bounds
        sides = torch.tensor([[x1 - x0], [y1 - y0]])
        for name, value in (
            ("centre", torch.tensor([[x0 + x1], [y0 + y1]]) / 2),
            ("scale", sides / math.sqrt(12)),
            ("output_axes", torch.eye(2)),
        ):
            self.register_buffer(name, value, persistent=False)
        self.slowest = (math.pi / walls.domain.size) ** 2

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scaled x, no linear prediction, and the gain of the output, (2, n) each."""
        gain = self.gain(t).expand(2, x.shape[1]).contiguous()
        return (x - self.centre) / self.scale, torch.zeros_like(x), gain

    def affine(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """At each t (T, 1, 1): scaled x, prediction (T, 2, 3) of (x, 1), and the gain (T, 2, 1)."""
        scale, centre, count = self.scale.to(t), self.centre.to(t), len(t)
        y = torch.cat([torch.eye(2).to(t) / scale, -centre / scale], 1).expand(count, 2, 3)
        return y, torch.zeros_like(y), self.gain(t).expand(count, 2, 1)

    def gain(self, t: Tensor) -> Tensor:
        """About how large sigma times the score of a point's noise is, like t."""
        decay = (self.slowest * self.walls.variance(t)).clamp_max(80.0)
        return (1 + decay.expm1() / (2 * (1 + decay))).rsqrt()

    def blur(self, t: Tensor) -> Tensor:
        """Variances (2, n) of the noise at t (1, n): there is no finer detail."""
        return self.walls.variance(t) / self.scale.square()

    def fit(self, moments: Moments) -> None:
        """Nothing: the walls say it all."""

    def is_outdated(self, moments: Moments) -> bool:  # noqa: ARG002
        """Never: other walls are another problem."""
        return False

    def validate(self) -> None:
        """Nothing is loaded that could be wrong."""
