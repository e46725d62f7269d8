"""The whole experiment as one frozen value: what a person chose, nothing derived from it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, replace
from typing import Any

from flowlab.core.blending.settings import Blending
from flowlab.core.diffusion.settings import Diffusion
from flowlab.core.document.arguments import kind_of
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.limits import Checked, number
from flowlab.core.document.network import Network
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Gaussian, Ring, Shape
from flowlab.core.document.solver import Solver
from flowlab.core.document.training import Training
from flowlab.core.document.view import View
from flowlab.core.reflected.settings import Reflected
from flowlab.core.stochastic.settings import Stochastic


def _eight_gaussians() -> Shape:
    return Ring()


@dataclass(frozen=True, kw_only=True)
class Document(Checked):
    """Everything that determines a result: same document, same seed, same frames."""

    source: Shape = field(default_factory=Gaussian)
    target: Shape = field(default_factory=_eight_gaussians)
    path: Path = field(default_factory=Path)
    coupling: Coupling = field(default_factory=Coupling)
    network: Network = field(default_factory=Network)
    training: Training = field(default_factory=Training)
    solver: Solver = field(default_factory=Solver)
    view: View = field(default_factory=View)
    blending: Blending = field(default_factory=Blending)
    stochastic: Stochastic = field(default_factory=Stochastic)
    diffusion: Diffusion = field(default_factory=Diffusion)
    reflected: Reflected = field(default_factory=Reflected)
    seed: int = number(
        0,
        0,
        2**31 - 1,
        "Seed",
        "Same seed, same frames",
        also="random seed, rng, randomness, resample, new samples, new noise, generate samples, "
        "different samples",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in dataclasses.fields(self):
            kind = _PARTS.get(part.name)
            if kind is not None:
                kind_of(getattr(self, part.name), kind, part.name, f"a {kind.__name__}")

    def with_parts(self, **parts: Any) -> Document:
        """The document with some of its parts replaced, named by strings known at run time."""
        return replace(self, **parts)


_PARTS: dict[str, type] = {
    "source": Shape,
    "target": Shape,
    "path": Path,
    "coupling": Coupling,
    "network": Network,
    "training": Training,
    "solver": Solver,
    "view": View,
    "blending": Blending,
    "stochastic": Stochastic,
    "diffusion": Diffusion,
    "reflected": Reflected,
}
