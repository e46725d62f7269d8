"""The right oracle for a document."""

from __future__ import annotations

import copy
from functools import lru_cache

from flowlab.core.distributions.factory import MixtureParameters, build
from flowlab.core.document.document import Document, Path
from flowlab.core.document.shapes import Points, Shape
from flowlab.core.exact.empirical import MOST, atoms, between, smoothed
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.interpolants.paths import interpolant_of

_CHEAP = 512  # pairs of components that a network may learn from at every step


def oracle_for(document: Document) -> Oracle | None:
    """The document's exact field, or what comes nearest; None where `why_none` says why.

    Mixtures, small clouds and regions with straight edges have closed forms; all other pairs are
    convolved on a grid. Raises `Invalid` where an end cannot be built.
    """
    if document.coupling.kind != "independent":
        return None
    found = _found(document.source, document.target, document.path)
    own = copy.copy(found)  # what it keeps of each t is common to all copies
    own.document = document
    return own


def closed_form(document: Document) -> MixtureOracle | None:
    """The exact field where a network may learn from it: defined at every t, and cheap."""
    if document.coupling.kind != "independent":
        return None
    found = _closed(document.source, document.target, document.path)
    if found is None or found.components > _CHEAP or not (found.facts.exact and found.whole):
        return None
    own = copy.copy(found)
    own.document = document
    return own


def why_none(document: Document) -> str:
    """Why the document has no exact field, in one sentence; empty where it has one."""
    if document.coupling.kind == "independent":
        return ""
    return "The exact field is known for independent pairs only; another coupling bends it."


@lru_cache(maxsize=8)
def _found(source: Shape, target: Shape, path: Path) -> Oracle:
    from flowlab.core.exact.grid import GridOracle
    from flowlab.core.exact.polygon import PolygonOracle

    closed = _closed(source, target, path)
    if closed is not None:
        return closed
    interpolant = interpolant_of(path)
    region = PolygonOracle.of(source, target, interpolant)
    return region or GridOracle.of(build(source), build(target), interpolant)


@lru_cache(maxsize=8)
def _closed(source: Shape, target: Shape, path: Path) -> MixtureOracle | None:
    """Where both ends are mixtures or clouds, and the clouds are not too large."""
    start, end = _components(source), _components(target)
    interpolant = interpolant_of(path)
    if start is None or end is None:
        return None
    clouds = [len(p.weights) for s, p in ((source, start), (target, end)) if isinstance(s, Points)]
    if not clouds:
        return MixtureOracle(start, end, interpolant)
    if len(start.weights) * len(end.weights) > MOST:
        return None
    bare = not bool(start.covs.any() or end.covs.any())
    if bare and not interpolant.noisy:
        return smoothed(start.means, end.means, interpolant)
    return between(start, end, interpolant, tuple(clouds))


def _components(shape: Shape) -> MixtureParameters | None:
    law = build(shape)
    cloud = law.cloud()
    return law.mixture() if cloud is None else atoms(*cloud)
