"""How much of a distribution lies between walls, and its samples there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from flowlab.core.array_types import Ints
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.domains.domain import Domain
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.domains.shares import percent
from flowlab.core.reflected.settings import Reflected

_LOOKED_AT = 20_000  # samples, for the share that lies outside
_ROUNDS = 400  # of drawing again what lies outside


def check_inside(document: Document, role: str = "target") -> None:
    """Raise `Invalid` if some of an end lies outside the walls and isn't to be clipped."""
    share = outside(document, role)
    if share and not document.reflected.clip:
        raise Invalid(
            f"{percent(share)} of the {role} lies outside the walls: clip it to them, or move one "
            "of both."
        )
    if share == 1:
        raise Invalid(f"All of the {role} lies outside the walls: move one of both.")


def outside(document: Document, role: str = "target") -> float:
    """The share of the target, or the source, outside the walls, of 20,000 samples."""
    return share_outside(getattr(document, role), document.reflected, document.seed)


def share_outside(shape: Shape, settings: Reflected, seed: int) -> float:
    """The share of a distribution that lies outside the walls, of 20,000 samples."""
    return _outside(shape, walls_of(settings), seed)


@lru_cache(maxsize=32)
def _outside(shape: Shape, domain: Domain, seed: int) -> float:
    return 1 - float(domain.inside(samples_of(shape, seed)).double().mean())


def samples_of(shape: Shape, seed: int) -> Tensor:
    """The samples (n, 2) by which the share outside is known."""
    return build(shape).sample(_LOOKED_AT, torch_rng(seed, Stream.SHARE_OUTSIDE))


def drawn_inside(
    shape: Distribution, domain: Domain, n: int, rng: torch.Generator, role: str = "target"
) -> tuple[Tensor, Ints | None]:
    """Samples (n, 2) float64 of a shape under the condition that they lie inside, and classes."""
    x, labels = shape.sample_labelled(n, rng)
    x, missing = x.double(), torch.arange(n, device=x.device)
    for _ in range(_ROUNDS):
        missing = missing[~domain.inside(x[missing])]
        if not len(missing):
            return x, None if labels is None else labels.numpy()
        again, classes = shape.sample_labelled(len(missing), rng)
        x[missing] = again.double()
        if labels is not None and classes is not None:
            labels[missing] = classes
    raise Invalid(f"Hardly anything of the {role} lies between the walls: move one of both.")


@dataclass(frozen=True, eq=False)
class Inside:
    """A document's target under the condition that a sample lies between its walls."""

    shape: Distribution
    domain: Domain

    @classmethod
    def of(cls, document: Document) -> Inside:
        """That of a document."""
        return cls(build(document.target), walls_of(document.reflected))

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Samples (n, 2), float32."""
        return drawn_inside(self.shape, self.domain, n, rng)[0].float()
