"""How the processes join their starts to their ends, beside the pairs of the coupling."""

from __future__ import annotations

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.stochastic.results import ODE, SDE, Processes

PAIRS = "pairs"


def joined_ends(document: Document, processes: Processes) -> dict[str, Estimate]:
    """Cov(x0, x1), the mean of both axes, of the ODE, of the SDE and of the coupling's pairs.

    Empty where pairs are independent, or not known, or where the SDE ends before t = 1.
    """
    marginals = processes.marginals
    if is_independent(document.coupling) or marginals is None or processes.until < 1:
        return {}
    bundles = {each.kind: each.bundle for each in processes.panes if each.kind in (ODE, SDE)}
    found = {kind: covariance(each.at(0.0), each.at(1.0)) for kind, each in bundles.items()}
    pairs = marginals.x0.reshape(-1, 2), marginals.x1.reshape(-1, 2)
    return {**found, PAIRS: covariance(*pairs)}


def covariance(x0: Floats, x1: Floats) -> Estimate:
    """Half the trace of Cov(x0, x1), of points (n, 2)."""
    products = (x0 - x0.mean(0)) * (x1 - x1.mean(0))
    return mean_estimate(products.mean(1))
