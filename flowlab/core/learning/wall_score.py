"""A trained network as the score between walls."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import torch

from flowlab.core.array_types import Doubles
from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import Network
from flowlab.core.interpolants.parameterization import Parameterization
from flowlab.core.learning.field import Condition, LearnedVelocity
from flowlab.core.learning.wall_factor import layer_width, normal_part, tangent
from flowlab.core.learning.weights import Weights

ONLY_BETWEEN_WALLS = (
    "This network has learned a score between walls: open the room Reflected, or let a network "
    "predict something else."
)


class LearnedWallScore(LearnedVelocity):
    """The score between walls of a network with fixed weights; thread-safe.

    With the network's output F, s = F / sigma - phi (n . F / sigma) n, with phi = 1 on the walls
    and 0 a short way off: only the component normal to a wall vanishes on it, as the exact one
    does. No velocity follows from it, so that whatever asks for one is told where it is shown.
    """

    def __init__(
        self, spec: Network, weights: Weights, device: str, parameterization: Parameterization
    ) -> None:
        """Raises `Invalid` if the weights don't fit."""
        super().__init__(spec, weights, device, parameterization)
        assert parameterization.walls is not None
        self.walls = parameterization.walls
        self.domain = self.walls.domain

    def deviation(self, t: float) -> float:
        """Standard deviation sigma of the noise at t."""
        return float(self.walls.variance(torch.tensor(t, dtype=torch.float64)).sqrt())

    def score(
        self, x: Doubles, t: float, label: int | None = None, *, bounded: bool = True
    ) -> Doubles:
        """The score (n, 2) at points (n, 2) between the walls, float64.

        Unless it is `bounded`, as the network says it, not made tangent to the walls.
        """
        sigma = self.deviation(t)
        condition = None if not self.classes else self._label(label, len(x))
        output = super().velocity(torch.from_numpy(np.asarray(x)), t, condition)
        score: Doubles = output.double().numpy() / sigma
        return self.tangent(x, score, sigma) if bounded else score

    def tangent(self, x: Doubles, score: Doubles, sigma: float) -> Doubles:
        """The score with its component normal to the nearest wall taken away on that wall."""
        walls = self.domain.nearest(np.asarray(x, np.float64))
        return tangent(score, normal_part(walls, layer_width(self.domain, np.array([sigma]))))

    def _label(self, label: int | None, n: int) -> Condition:
        """The class of all points, or that none of them is told its class."""
        return torch.full((n,), NO_CLASS) if label is None else label

    def _refused(self, *_: Any, **__: Any) -> NoReturn:
        raise Invalid(ONLY_BETWEEN_WALLS)

    velocity = velocity_and_noise = predict = stacked = for_class = _refused
    with_divergence = with_jacobian = _refused
