"""The orders of convergence of the solvers with fixed steps, on one velocity and one noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.solvers.ode import STEPPERS as ODE_STEPPERS
from flowlab.core.solvers.sde import STEPPERS as SDE_STEPPERS
from flowlab.core.stochastic.race.carrying import Carrier
from flowlab.core.stochastic.race.results import EVALUATIONS, Order
from flowlab.core.stochastic.race.slopes import order_of

PARTICLES = 500
LADDER = (20, 40, 80)  # evaluations, so that all solvers are compared at equal work
FINE = {"rk4": 80, "stochastic_heun": 640}  # steps of the paths that stand for exact ones
IN_ORDERS = PARTICLES * (6 * sum(LADDER) + 4 * 80 + 2 * 640)  # evaluations of all particles
_ROUNDING = {True: 1e-11, False: 3e-6}  # of the exact velocity and of a network


def orders_of(
    carrier: Carrier, methods: Sequence[str], *, exact: bool, particles: int = PARTICLES
) -> tuple[Order, ...]:
    """The errors of solvers at each rung, against the same starts and noise with fine steps.

    Dormand-Prince has no one length of steps, and no order here.
    """
    few, made = carrier.first(particles), list[Order]()
    for family, best in ((ODE_STEPPERS, "rk4"), (SDE_STEPPERS, "stochastic_heun")):
        chosen = [method for method in methods if method in family]
        made += _family(few, chosen, best, exact) if chosen else []
    return tuple(made)


def _family(carrier: Carrier, methods: Sequence[str], best: str, exact: bool) -> list[Order]:
    fine, made = _numbers(carrier.end(best, FINE[best])), list[Order]()
    for method in methods:
        steps = [max(1, rung // EVALUATIONS[method]) for rung in LADDER]
        ends = np.stack([_numbers(carrier.end(method, count)) for count in steps])
        kept = np.isfinite(ends).all((0, 2)) & np.isfinite(fine).all(1)
        if kept.sum() < 20:
            continue  # nearly all particles are lost
        h = 1 / np.array(steps, float)
        made.append(order_of(method, h, ends[:, kept], fine[kept], _ROUNDING[exact]))
    return made


def _numbers(x: Tensor) -> Floats:
    numbers: Floats = x.double().cpu().numpy()
    return numbers
