"""The captions of the views that are maps."""

from __future__ import annotations

from flowlab.core.stochastic.derivative_results import EXACT, derivatives_of
from flowlab.core.stochastic.likelihood_results import likelihoods_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, weights_words


def likelihood_caption(bundle: Bundle) -> str:
    """The grid, the solver, and whose velocity it is."""
    maps = likelihoods_of(bundle)
    if maps is None:
        return COMING
    grid = f"{len(maps.xs)} × {len(maps.ys)} cells"
    return f"{grid} · RK4, {maps.steps} steps · {weights_words(bundle, exact=maps.exact)}"


def divergence_caption(bundle: Bundle) -> str:
    """The grid, the computed times, and whose velocity it is."""
    known = derivatives_of(bundle)
    if known is None:
        return COMING
    grid = f"{len(known.xs)} × {len(known.ys)} cells"
    blank = "blank where pₜ is small" if (EXACT, "curl") in known.maps else "blank without samples"
    return f"{grid} · {len(known.times)} times · {blank} · {weights_words(bundle)}"
