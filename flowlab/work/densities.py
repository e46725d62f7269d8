"""The handlers of densities: that of a shape and that of x_t, for the picture."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.views.densities import density_map
from flowlab.core.views.density_map import (
    DensityMap,
    DensityQuery,
    InterpolantDensity,
    InterpolantQuery,
)
from flowlab.core.views.interpolant_densities import interpolant_density
from flowlab.work.queries import Known


def density(
    _known: Known, query: DensityQuery, cancelled: Callable[[], bool], _: Callable[[float], None]
) -> DensityMap | None:
    """The density of the query's shape; None where it isn't known."""
    return density_map(query.shape, cancelled)


def interpolant(
    _known: Known,
    query: InterpolantQuery,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
) -> InterpolantDensity | None:
    """The density p_t between the query's ends; None where it isn't known."""
    return interpolant_density(query, cancelled, progress)
