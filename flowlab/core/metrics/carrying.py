"""Why particles arrive in the wrong place: the field that was learned, or the solver's steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from torch import Tensor

from flowlab.core.document.document import Solver
from flowlab.core.document.limits import Invalid
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import integrate

FINE = 100  # steps of RK4
_ENOUGH = 0.9  # of the particles must be known in both places


@dataclass(frozen=True)
class CarryingErrors:
    """Two causes of wrong places, each an rms distance relative to the rms radius."""

    model: float | None  # None where no exact field is known
    integration: float


def carrying_errors(
    field: Field, oracle: Field | None, solver: Solver, start: Tensor, fine: int = FINE
) -> CarryingErrors:
    """Both errors of the same particles `start` (n, 2), at the solver's own end of time.

    The radius is that of the learned field's arrivals about their mean, common to both. A
    few particles may leave the support of an exact field; raises `Invalid` where it is many.
    """
    exactly = _fine(solver, fine)
    arrived = _arrivals(field, exactly, start)
    found = arrived[arrived.isfinite().all(1)]
    radius = _rms(found - found.mean(0))
    if not radius > 0:
        raise Invalid("Particles that all arrive at one place have no radius to compare with.")
    coarse = _arrivals(field, solver, start)
    true = None if oracle is None else _arrivals(oracle, exactly, start)
    return CarryingErrors(
        model=None if true is None else _rms(arrived - true) / radius,
        integration=_rms(coarse - arrived) / radius,
    )


def model_error(
    field: Field, oracle: Field, start: Tensor, *, fine: int = FINE, direction: str = "forward"
) -> float:
    """rms distance of particles carried by the learned and by the exact field, both by fine steps.

    Relative to the rms radius of where the learned field carries them. Raises `Invalid`.
    """
    solver = _fine(Solver(direction=direction), fine)
    found = carrying_errors(field, oracle, solver, start, fine).model
    assert found is not None
    return found


def integration_error(field: Field, solver: Solver, start: Tensor, *, fine: int = FINE) -> float:
    """rms distance of particles carried by `solver` and by fine steps, along the learned field.

    Relative to the rms radius of where fine steps carry them. Raises `Invalid`.
    """
    return carrying_errors(field, None, solver, start, fine).integration


def _fine(solver: Solver, steps: int) -> Solver:
    return replace(solver, method="rk4", steps=steps)


def _arrivals(field: Field, solver: Solver, start: Tensor) -> Tensor:
    run = integrate(field.velocity, start, solver)
    return run.points[-1 if solver.direction == "forward" else 0].double()


def _rms(off: Tensor) -> float:
    """Of the particles that are where they are; a few may have left an exact field's support."""
    known = off[off.isfinite().all(1)]
    if len(known) < _ENOUGH * len(off):
        raise Invalid("Too many particles have left the plane, or the exact field's support.")
    return math.sqrt(float(known.square().sum(1).mean()))
