"""The captions of the views that are maps."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.stochastic.derivative_results import EXACT, derivatives_of
from flowlab.core.stochastic.likelihood_results import likelihoods_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, class_words, weights_words


def likelihood_caption(document: Document, bundle: Bundle) -> str:
    """The grid, the solver, and whose velocity it is."""
    maps = likelihoods_of(bundle)
    if maps is None:
        return COMING
    grid = f"{len(maps.xs)} × {len(maps.ys)} cells"
    parts = [
        grid,
        f"RK4, {maps.steps} steps",
        *class_words(document, maps.condition),
        weights_words(bundle, exact=maps.exact),
    ]
    return " · ".join(parts)


def divergence_caption(document: Document, bundle: Bundle) -> str:
    """The grid, the computed times, and whose velocity it is."""
    known = derivatives_of(bundle)
    if known is None:
        return COMING
    grid = f"{len(known.xs)} × {len(known.ys)} cells"
    blank = "blank where pₜ is small" if (EXACT, "curl") in known.maps else "blank without samples"
    parts = [
        grid,
        f"{len(known.times)} times",
        blank,
        *class_words(document, known.condition),
        weights_words(bundle),
    ]
    return " · ".join(parts)
