"""How particles are carried along the velocity."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, number

METHODS = {
    "euler": "Euler",
    "midpoint": "Midpoint",
    "heun": "Heun",
    "rk4": "RK4",
    "dopri5": "Dormand–Prince",
}
CALLS = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}  # of the velocity, in a step
_ADAPTIVE = 60  # of Dormand-Prince, about
DIRECTIONS = {"forward": "Source to target", "reverse": "Target to source"}


@dataclass(frozen=True, kw_only=True)
class Solver(Checked):
    """How particles are carried along the velocity."""

    method: str = choice(
        "rk4",
        METHODS,
        "Solver",
        "Euler: x ← x + h v(x, t), error h. Midpoint and Heun: two velocities a step, error h². "
        "RK4, Runge and Kutta's of order 4: four velocities, error h⁴. Dormand–Prince: order 5, "
        "with steps h chosen by the tolerances",
        also="integrator, ODE solver, sampler, integration method, ODE, differential equation",
        entries={"rk4": "Runge Kutta", "dopri5": "adaptive steps, Runge Kutta, RK45"},
    )
    steps: int = number(
        8,
        1,
        1000,
        "Steps",
        "Of equal length, from t = 0 to t = 1",
        log=True,
        also="number of steps, NFE, step size, time step, dt, integration steps, "
        "number of function evaluations, network evaluations, discretisation",
    )
    rtol: float = number(
        1e-4,
        1e-8,
        1e-1,
        "Relative tolerance",
        "Dormand–Prince only",
        log=True,
        also="rtol, accuracy",
    )
    atol: float = number(
        1e-4,
        1e-8,
        1e-1,
        "Absolute tolerance",
        "Dormand–Prince only",
        log=True,
        also="atol, accuracy",
    )
    direction: str = choice(
        "forward",
        DIRECTIONS,
        "Direction",
        also="reverse, inverse, backwards, encode",
    )

    @property
    def evaluations(self) -> int:
        """How many velocities a particle takes; about, where the tolerances choose the steps."""
        return _ADAPTIVE if self.method == "dopri5" else CALLS[self.method] * self.steps
