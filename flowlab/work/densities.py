"""The handler of densities: that of a shape, for the picture."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.views.densities import density_map
from flowlab.core.views.density_map import DensityMap, DensityQuery
from flowlab.work.queries import Known


def density(
    _known: Known, query: DensityQuery, cancelled: Callable[[], bool], _: Callable[[float], None]
) -> DensityMap | None:
    """The density of the query's shape; None where it isn't known."""
    return density_map(query.shape, cancelled)
