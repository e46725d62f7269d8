"""Group `couplings`: what matching costs training, and what it gives."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import torch

from flowlab.bench.contenders import make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_least
from flowlab.core.distributions.factory import build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.solver import Solver
from flowlab.core.metrics import sliced_w2
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import integrate

_KINDS = {
    "independent": Coupling(),
    "optimal transport of 128": Coupling(kind="ot"),
    "optimal transport of 512": Coupling(kind="ot", batch=512),
    "Sinkhorn of 128": Coupling(kind="sinkhorn"),
    "Sinkhorn of 512": Coupling(kind="sinkhorn", batch=512),
    "lines, 128": Coupling(kind="lines", lines=[[0.0, 0.0, 4.0, 0.0]]),  # type: ignore[arg-type]
}
_ENOUGH = at_least(0.6)  # of the independent coupling's rate
_POINTS = 4000


def rows(effort: Effort) -> Rows:
    """Steps a second on 8 Gaussians, in turn and from the first step on, against independent pairs.

    Then how far few steps of Euler end from the target, sliced W2 over that of 4,000 fresh samples,
    once each has been trained for the same time.
    """
    base = preset("eight_gaussians")
    documents = {name: replace(base, coupling=kind) for name, kind in _KINDS.items()}
    rates: dict[str, list[float]] = {name: [] for name in documents}
    for number in range(max(2, effort.rounds)):
        for name, document in documents.items():
            rates[name].append(make_ours(document, number).rate(effort.turn))
    independent = median(rates["independent"])
    for name, measured in rates.items():
        yield Row(f"couplings, {name}", median(measured), "steps/s")
        if name != "independent":
            yield Row(
                f"couplings, {name} to independent", median(measured) / independent, goal=_ENOUGH
            )
    for name in ("independent", "optimal transport of 128"):
        contender = make_ours(documents[name])
        contender.train_until(2 * effort.turn)
        for steps in (1, 4):
            value = _euler(documents[name], contender.loop.field, steps)
            yield Row(f"couplings, {name}: Euler of {steps}", value, "x floor")


def _euler(document: Document, field: Field, steps: int) -> float:
    """Sliced W2 to the target after so many steps of Euler, over that of fresh samples."""
    rng = torch.Generator().manual_seed(0)
    target = build(document.target)
    x0, *clouds = (
        build(document.source).sample(_POINTS, rng),
        *(target.sample(_POINTS, rng) for _ in range(3)),
    )
    x1 = integrate(field.velocity, x0, Solver(method="euler", steps=steps)).points[-1]
    return sliced_w2(x1, clouds[0]) / sliced_w2(clouds[1], clouds[2])
