"""Where particles between walls begin, and how much of a distribution lies outside."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Ints
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.domains import Domain
from flowlab.core.reflected.outside import percent
from flowlab.core.reflected.settings import Reflected
from flowlab.core.reflected.walls import walls_of

_LOOKED_AT = 20_000  # samples, for the share that lies outside
_MOST_BYTES = 2_000_000_000
_ROUNDS = 400  # of drawing again what lies outside
POINT_OUTSIDE = "The starting point lies outside the walls: move it between them."


def check_memory(particles: int, steps: int, pictures: int = 1) -> None:
    """Raise `Invalid` where paths would not fit into memory with some room to spare."""
    needed = 8 * particles * (steps + 1) * pictures
    if needed > _MOST_BYTES:
        raise Invalid(
            f"{particles:,} particles over {steps:,} steps in {pictures} "
            f"picture{'' if pictures == 1 else 's'} would take {needed / 1e9:.1f} GB of memory: "
            "take fewer particles or fewer steps."
        )


def start_between(document: Document, n: int) -> tuple[Tensor, Ints | None]:
    """The starts (n, 2) float64 of the document's particles, all between the walls, and classes.

    Raises `Invalid` where the target or the point lies outside and isn't to be clipped.
    """
    settings, domain = document.reflected, walls_of(document.reflected)
    rng = torch_rng(document.seed, Stream.STARTS)
    if settings.start == "uniform":
        return domain.uniform(n, rng), None
    if settings.start == "point":
        return _point(domain, (settings.start_x, settings.start_y), n), None
    check_inside(document)
    return drawn_inside(build(document.target), domain, n, rng)


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
    x = x.double()
    for _ in range(_ROUNDS):
        missing = (~domain.inside(x)).nonzero()[:, 0]
        if not len(missing):
            return x, None if labels is None else labels.numpy()
        again, classes = shape.sample_labelled(len(missing), rng)
        x[missing] = again.double()
        if labels is not None and classes is not None:
            labels[missing] = classes
    raise Invalid(f"Hardly anything of the {role} lies between the walls: move one of both.")


def _point(domain: Domain, point: tuple[float, float], n: int) -> Tensor:
    x = torch.tensor([point], dtype=torch.float64)
    if not bool(domain.inside(x)):
        raise Invalid(POINT_OUTSIDE)
    return x.repeat(n, 1)


def convex(domain: Domain) -> bool:
    """True if the line between any two points inside lies inside."""
    if len(domain.rings) > 1:
        return False
    edge = np.diff(domain.rings[0], axis=0, append=domain.rings[0][:1])
    turn = edge[:, 0] * np.roll(edge[:, 1], -1) - edge[:, 1] * np.roll(edge[:, 0], -1)
    return bool((turn >= -1e-12 * domain.size**2).all())
