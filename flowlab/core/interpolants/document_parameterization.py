"""What the network of a document predicts, refused where no velocity follows from it."""

from __future__ import annotations

from functools import lru_cache

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.learned import NO_LATENT
from flowlab.core.document.limits import Invalid
from flowlab.core.document.network import BETWEEN_WALLS
from flowlab.core.document.shapes import Shape
from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.interpolants.conversions import Conversion
from flowlab.core.interpolants.parameterization import (
    Normal,
    Parameterization,
    between_walls,
    make_parameterization,
)
from flowlab.core.interpolants.paths import interpolant_of


def parameterization_of(document: Document) -> Parameterization:
    """The parameterization of a document.

    Raises `Invalid` if no velocity follows from it, except for a score between walls.
    """
    if document.network.predicts == BETWEEN_WALLS:
        return between_walls(WallNoise(walls_of(document.reflected), document.reflected))
    if document.path.kind == "mirror" and document.source != document.target:
        raise Invalid(
            "The mirror path leads from the target into noise and back to itself: choose the same "
            "shape as source and target, or another path."
        )
    parameterization = make_parameterization(
        document.network.predicts, interpolant_of(document.path)
    )
    check_flow(parameterization, known_source(document))
    network, through_noise = document.network, document.path.kind in ("mirror", "encoding")
    plain = network.kind == "iadb" or not network.precondition
    predicts, noisy = parameterization.name, parameterization.path.noisy
    if plain and noisy and not through_noise and predicts in ("score", "noise"):
        raise Invalid(
            f"The velocity follows from the {predicts} of a noisy path only with a preconditioned "
            "network, since near t = 0 it magnifies every error: switch Precondition on, or "
            "predict the velocity."
        )
    return parameterization


def check_flow(parameterization: Parameterization, source: Normal | None) -> None:
    """Raise `Invalid` unless the velocity follows from this parameterization."""
    predicts, noisy = parameterization.name, parameterization.path.noisy
    if predicts in ("score", "noise") and not noisy and source is None:
        raise Invalid(
            f"A network can learn the {predicts} only where the source is one Gaussian drawn "
            "independently of the target: choose such a source, or predict the velocity."
        )
    if parameterization.with_noise and not noisy:
        raise Invalid(NO_LATENT)
    if predicts != "velocity":
        Conversion(parameterization.path, parameterization, "velocity", source)


def known_source(document: Document) -> Normal | None:
    """The source if it is one Gaussian drawn independently of the target, else None."""
    if document.coupling.kind != "independent":
        return None
    return _only_gaussian(document.source)


@lru_cache(maxsize=8)
def _only_gaussian(shape: Shape) -> Normal | None:
    mixture = build(shape).mixture()
    if mixture is None or len(mixture.weights) != 1:
        return None
    return Normal(mixture.means[0].double().cpu(), mixture.covs[0].double().cpu())
