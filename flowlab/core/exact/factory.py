"""The oracle that suits a document."""

from __future__ import annotations

import copy
from functools import lru_cache

from flowlab.core.distributions.factory import MixtureParameters, build
from flowlab.core.document.arguments import kind_of
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Points, Shape
from flowlab.core.exact.empirical import MOST, atoms, between, smoothed
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.interpolants.paths import interpolant_of

_CHEAP = 512  # pairs of components that are evaluated at every training step


def oracle_for(document: Document) -> Oracle | None:
    """The document's exact field, or the best approximation; None if `why_none` says why.

    Mixtures, small clouds and straight-edged regions have closed forms; all other pairs are
    convolved on a grid. Raises `Invalid` if an end cannot be built.
    """
    if not is_independent(_checked(document).coupling):
        return None
    oracle = _oracle(document.source, document.target, document.path)
    oracle_copy = copy.copy(oracle)  # copies share the caches
    oracle_copy.document = document
    return oracle_copy


def closed_form(document: Document) -> MixtureOracle | None:
    """The exact field if a network can learn from it: defined at every t, and cheap; else None."""
    if not is_independent(_checked(document).coupling):
        return None
    oracle = _closed_form(document.source, document.target, document.path)
    if (
        oracle is None
        or oracle.components > _CHEAP
        or not (oracle.facts.exact and oracle.is_defined_everywhere)
    ):
        return None
    oracle_copy = copy.copy(oracle)
    oracle_copy.document = document
    return oracle_copy


def _checked(document: Document) -> Document:
    checked: Document = kind_of(document, Document, "The document", "a document")
    return checked


@lru_cache(maxsize=8)
def _oracle(source: Shape, target: Shape, path: Path) -> Oracle:
    from flowlab.core.exact.grid import GridOracle
    from flowlab.core.exact.polygon import PolygonOracle

    closed = _closed_form(source, target, path)
    if closed is not None:
        return closed
    interpolant = interpolant_of(path)
    region = PolygonOracle.of(source, target, interpolant)
    return region or GridOracle.of(build(source), build(target), interpolant)


@lru_cache(maxsize=8)
def _closed_form(source: Shape, target: Shape, path: Path) -> MixtureOracle | None:
    """The oracle if both ends are mixtures or clouds, and the clouds are not too large."""
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
    distribution = build(shape)
    cloud = distribution.cloud()
    return distribution.mixture() if cloud is None else atoms(*cloud)
