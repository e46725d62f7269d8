"""How the processes join their starts to their ends, beside the pairs of the coupling."""

from __future__ import annotations

import math

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import is_independent
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.stochastic.results import ODE, SDE, Processes

PAIRS = "pairs"
IS_BRIDGE = (
    "This SDE is the Schrödinger bridge: it joins its ends as the pairs are joined. Other levels "
    "of noise have the same pₜ and join other points."
)
OTHER_LEVEL = (
    "Only at the constant level ε = {level:g} the SDE is the Schrödinger bridge, and joins its "
    "ends as the pairs are joined. All levels have the same pₜ."
)
OTHER_PLAN = (
    "With the regularisation {plan:g}, twice the square of the path's noise level, an SDE of these "
    "pairs is the Schrödinger bridge."
)


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


def bridge_words(document: Document) -> str:
    """Whether the SDE is a Schrödinger bridge, or which level would make it one; or empty.

    It is one where its pairs are of the entropic plan of regularisation 2 sigma^2 and gamma is
    sigma sqrt(t (1 - t)): at the constant level sigma^2 / 2 the SDE joins as the plan does.
    """
    path, coupling, settings = document.path, document.coupling, document.stochastic
    brownian = (path.kind, path.noise, path.clock) == ("linear", "brownian", "even")
    if not (brownian and coupling.kind == "sinkhorn"):
        return ""
    plan = 2 * path.level**2
    if not math.isclose(coupling.regularisation, plan, rel_tol=1e-3):
        return OTHER_PLAN.format(plan=plan)
    level = path.level**2 / 2
    kept = settings.eps_shape == "constant" and math.isclose(settings.eps, level, rel_tol=1e-3)
    return IS_BRIDGE if kept else OTHER_LEVEL.format(level=level)


def covariance(x0: Floats, x1: Floats) -> Estimate:
    """Half the trace of Cov(x0, x1), of points (n, 2)."""
    products = (x0 - x0.mean(0)) * (x1 - x1.mean(0))
    return mean_estimate(products.mean(1))
