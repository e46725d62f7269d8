"""Why particles end in the wrong place: the learned field, or the solver's steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid
from flowlab.core.document.solver import Solver
from flowlab.core.estimates import Estimate, mean_estimate, root_estimate
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import integrate

FINE = 100  # RK4 steps
_ENOUGH = 0.9  # of the particles must be finite


@dataclass(frozen=True)
class CarryingErrors:
    """Model and integration error, each an rms distance divided by the rms radius.

    With their standard errors over the particles, for the radius found.
    """

    model: Estimate | None  # None if no exact field is known
    integration: Estimate


@objects_checked
def carrying_errors(
    field: Field, oracle: Field | None, solver: Solver, start: Tensor, fine: int = FINE
) -> CarryingErrors:
    """Model and integration error of the same particles `start` (n, 2), at the solver's end time.

    The radius is that of the learned field's end points about their mean, common to both. A few
    particles may leave the exact field's support; raises `Invalid` if many do.
    """
    fine_solver = _fine(solver, fine)
    start = _start(start)
    learned_ends = _end_points(field, fine_solver, start)
    finite = learned_ends[learned_ends.isfinite().all(1)]
    radius = float(_rms(finite - finite.mean(0))) if len(finite) else math.nan
    if not radius > 0:
        raise Invalid("Particles that all arrive at one place have no radius to compare with.")
    solver_ends = _end_points(field, solver, start)
    exact_ends = None if oracle is None else _end_points(oracle, fine_solver, start)
    return CarryingErrors(
        model=None if exact_ends is None else _rms(learned_ends - exact_ends, radius),
        integration=_rms(solver_ends - learned_ends, radius),
    )


@objects_checked
def model_error(
    field: Field, oracle: Field, start: Tensor, *, fine: int = FINE, direction: str = "forward"
) -> Estimate:
    """rms distance between the end points of the learned and the exact field, by fine steps.

    Divided by the rms radius of the learned field's end points; a float with its standard error
    over the particles. Raises `Invalid` if many particles
    are lost, or all end at one point.
    """
    solver = _fine(Solver(direction=direction), fine)
    error = carrying_errors(field, oracle, solver, start, fine).model
    assert error is not None
    return error


@objects_checked
def integration_error(field: Field, solver: Solver, start: Tensor, *, fine: int = FINE) -> Estimate:
    """rms distance between the end points of `solver` and of fine steps, on the learned field.

    Divided by the rms radius of the fine steps' end points; a float with its standard error over
    the particles. Raises `Invalid` if many particles are
    lost, or all end at one point.
    """
    return carrying_errors(field, None, solver, start, fine).integration


def _start(start: Any) -> Tensor:
    points, _ = points_of(start)
    if not len(points) or not bool(points.isfinite().all()):
        raise Invalid("The errors of carrying need particles at finite places.")
    return points if points.is_floating_point() else points.float()


def _fine(solver: Solver, steps: int) -> Solver:
    whole(steps, "The number of fine steps")
    return replace(solver, method="rk4", steps=steps)


def _end_points(field: Field, solver: Solver, start: Tensor) -> Tensor:
    run = integrate(field.velocity, start, solver)
    return run.points[-1 if solver.direction == "forward" else 0].double()


def _rms(difference: Tensor, unit: float = 1.0) -> Estimate:
    """Over the finite rows; a few particles may have left an exact field's support."""
    finite = difference[difference.isfinite().all(1)]
    if len(finite) < max(1, _ENOUGH * len(difference)):
        raise Invalid("Too many particles have left the plane, or the exact field's support.")
    return root_estimate(mean_estimate((finite / unit).square().sum(1).numpy()))
