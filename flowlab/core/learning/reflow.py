"""Rectified flow: pairs (x0, x1) where x1 is where the present flow carries x0, to train anew on.

Liu, Gong and Liu 2022 (arXiv:2209.03003): each such coupling costs no more than the one before,
for every convex cost, and its flow is straighter. The target's distribution is that of the flow's
ends, so what the flow misses, the next one misses too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document, Solver
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import integrate

PAIRS = 16_384
FINE = Solver(method="rk4", steps=24)  # ends within 0.0015 of where 200 steps end, for presets
_PART = 4096  # pairs that are carried together


def pairs_of(
    field: Field,
    document: Document,
    n: int = PAIRS,
    *,
    solver: Solver = FINE,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Array:
    """Pairs (n, 4) of samples of the document's source and where the field carries them.

    `progress` is told the share that is done. Raises `ode.Cancelled`, and `Invalid` where a
    particle leaves the plane.
    """
    if classes_of(field):
        raise Invalid(
            "Reflow pairs do not say which class they are of: switch Conditional off, train, and "
            "reflow then."
        )
    solver = dataclasses.replace(solver, direction="forward")
    x0 = build(document.source).sample(n, _rng(document))
    velocity = field.velocity if progress is None else _telling(field, n, solver, progress)
    ends = [
        integrate(velocity, part, solver, chunk=_PART, cancelled=cancelled).points[-1]
        for part in torch.split(x0, _PART)
    ]
    pairs = torch.cat([x0, torch.cat(ends).to(x0)], 1)
    if not bool(pairs.isfinite().all()):
        raise Invalid("Some particles left the plane on their way: train longer, then reflow.")
    return Array(pairs.numpy())


def _telling(
    field: Field, n: int, solver: Solver, progress: Callable[[float], None]
) -> Callable[[Tensor, float], Tensor]:
    """The field's velocity, which tells what share of its calls are done."""
    total, done = (4 * solver.steps + 1) * n, 0  # of RK4, and one more for the last slope

    def velocity(x: Tensor, t: float) -> Tensor:
        nonlocal done
        done += len(x)
        progress(min(1.0, done / total))
        return field.velocity(x, t)

    return velocity


def reflowed(document: Document, pairs: Array) -> Document:
    """The document with these pairs as its coupling, a generation further."""
    coupling = document.coupling
    earlier = coupling.generation if coupling.kind == "reflow" else 0
    made = dataclasses.replace(
        coupling,
        kind="reflow",
        pairs=pairs,
        generation=earlier + 1,
        ends=fingerprint(document.source, document.target),
    )
    return dataclasses.replace(document, coupling=made)


def _rng(document: Document) -> torch.Generator:
    """Numbers of its own for each generation."""
    generation = document.coupling.generation if document.coupling.kind == "reflow" else 0
    return torch_rng(document.seed, Stream.REFLOW, generation)
