"""Rectified flow: train again on pairs (x0, x1) with x1 where the present flow carries x0.

Liu, Gong and Liu 2022 (arXiv:2209.03003): no convex transport cost increases, and the next flow is
straighter. The new target distribution is that of the flow's end points, so its errors are passed
on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import Solver
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.field import classes_of
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import integrate

PAIRS = 16_384
FINE = Solver(method="rk4", steps=24)  # within 0.0015 of 200 steps for the presets
_PART = 4096  # pairs integrated together


def pairs_of(
    field: Field,
    document: Document,
    n: int = PAIRS,
    *,
    solver: Solver = FINE,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Array:
    """Pairs (n, 4): samples x0 of the document's source, and where the field carries them.

    `progress` is called with the fraction done. Raises `ode.Cancelled`, and `Invalid` if a particle
    diverges or the field is conditional.
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
    """The field's velocity, which reports the fraction of its calls that are done."""
    total, done = (4 * solver.steps + 1) * n, 0  # RK4, and one more for the last velocity

    def velocity(x: Tensor, t: float) -> Tensor:
        nonlocal done
        done += len(x)
        progress(min(1.0, done / total))
        return field.velocity(x, t)

    return velocity


def reflowed(document: Document, pairs: Array) -> Document:
    """The document with these pairs as its coupling, one generation further."""
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
    """A generator of its own for each generation."""
    generation = document.coupling.generation if document.coupling.kind == "reflow" else 0
    return torch_rng(document.seed, Stream.REFLOW, generation)
