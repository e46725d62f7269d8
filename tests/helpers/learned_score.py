"""Documents whose networks learn the score between walls, and a target known in closed form."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.network import BETWEEN_WALLS, Network
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.learning.document_field import field_of
from flowlab.core.learning.trainer import Trainer
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.settings import Reflected

SIDE, TILT = 2.0, 0.9


def learns_score(
    target: str = "checkerboard",
    view: str = "wall_score",
    conditional: bool = False,
    **settings: Any,
) -> Document:
    """A document whose small network learns the score between walls, by default of a square."""
    known = {"walls": "square", "width": 8.0, "reverse_steps": 60, "flow_steps": 40, **settings}
    return Document(
        target=named(target),
        network=Network(predicts=BETWEEN_WALLS, width=24, depth=3, conditional=conditional),
        training=Training(batch=128),
        view=View(name=view, particles=400),
        reflected=Reflected(**known),
    )


@lru_cache(maxsize=8)
def trained(document: Document, steps: int = 300) -> LearnedWallScore:
    """The score after a few steps."""
    trainer = Trainer(document)
    trainer.advance(steps)
    field = field_of(document, trainer.weights())
    assert isinstance(field, LearnedWallScore)
    return field


class Tilted:
    """p = (1 + a cos(pi u / L)) / L^2 with u = x + L/2 in a square around 0, which has no classes.

    It keeps this form: after noise of variance v it has a e^(-(pi/L)^2 v/2) in place of a.
    """

    def sample_labelled(self, n: int, rng: torch.Generator) -> tuple[Tensor, Ints | None]:
        """Samples (n, 2) by the inverse of the distribution function, and no classes."""
        u = np.linspace(0.0, 1.0, 4001)
        below = u + TILT / math.pi * np.sin(math.pi * u)
        share = torch.rand(n, 2, generator=rng, dtype=torch.float64).numpy()
        x = np.column_stack([np.interp(share[:, 0], below, u), share[:, 1]])
        return torch.from_numpy(SIDE * (x - 0.5)), None

    @staticmethod
    def score(x: Doubles, variance: Doubles) -> Doubles:
        """The score (n, 2) of the marginal after noise of variance (n,)."""
        rate = math.pi / SIDE
        a, u = TILT * np.exp(-(rate**2) * variance / 2), rate * (x[:, 0] + SIDE / 2)
        slope = -a * rate * np.sin(u) / (1 + a * np.cos(u))
        return np.column_stack([slope, 0 * slope])
