"""Where particles between walls begin, and how much of a distribution lies outside."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.array_types import Ints
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.domains import Domain
from flowlab.core.domains.clipped import check_inside, drawn_inside
from flowlab.core.domains.of_settings import walls_of

_MOST_BYTES = 2_000_000_000
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


def _point(domain: Domain, point: tuple[float, float], n: int) -> Tensor:
    x = torch.tensor([point], dtype=torch.float64)
    if not bool(domain.inside(x)):
        raise Invalid(POINT_OUTSIDE)
    return x.repeat(n, 1)
