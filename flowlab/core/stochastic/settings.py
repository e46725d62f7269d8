"""What can be chosen for the SDEs of a flow, and in their room; imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flowlab.core.document.limits import Checked, Invalid, choice, data, number, shown, switch

SDE_METHODS = {"euler_maruyama": "Euler–Maruyama", "stochastic_heun": "Stochastic Heun"}
EPS_SHAPES = {
    "auto": "Automatic",
    "alpha": "ε α(t)",
    "constant": "ε",
    "sine": "ε sin² πt",
    "gamma": "ε γ(t)",
}
LEVELS = {**EPS_SHAPES, "drawn": "ε × drawn curve"}  # in the room
DERIVATIVES = {"divergence": "Divergence", "curl": "Curl"}
EPS, MOST_EPS, STEPS = 2.0, 1000.0, 80
NOTEBOOK_STOP = 0.99  # where the interpolants notebook ends its SDE
BUDGETS = {"evaluations": "Equal evaluations", "milliseconds": "Equal milliseconds"}
MEASURES = {
    "rms": "Strong, root mean square",
    "mean": "Strong, mean absolute",
    "weak": "Weak, of E|x|²",
}
MOST_EVALUATIONS = 640
MOST_VECTORS = 256
MOST_SHOWN = 10.0  # of eps in the room: noise far above it only asks for more steps

CurvePoint = tuple[float, float, float]  # x, y, and the t at which the curve is there
LevelPoint = tuple[float, float]  # t, and the share of eps there

MOST_LEVEL_POINTS = 24
MOST_LEVEL = 10.0  # times eps, of a drawn curve
LEAST_GAP = 0.005  # in t, between two points of a drawn curve

MOST_CURVES = 24
FARTHEST = 1e4  # largest coordinate
CURVES: tuple[CurvePoint, ...] = (
    (0.0, 1.2, 0.0),
    (1.0, 0.8, 0.0),
    (1.4, -0.3, 0.0),
    (0.5, -1.3, 0.0),
    (-0.6, -0.9, 0.0),
    (-1.5, -0.4, 0.0),
    (-0.9, 0.7, 0.0),
)


@dataclass(frozen=True, kw_only=True)
class Stochastic(Checked):
    """The processes with the marginals of one flow, side by side."""

    eps: float = number(
        EPS,
        0.0,
        MOST_SHOWN,
        "Noise level ε",
        "How much noise the SDE adds; its score term takes back exactly what the noise spreads. "
        "At 0 it is the ODE",
        step=0.1,
        also="eps, epsilon, diffusion coefficient, noise, temperature, stochasticity",
    )
    eps_shape: str = choice(
        "auto",
        LEVELS,
        "Over time",
        "How the noise level depends on t. Automatic: ε γ(t) along a path with latent noise γ, and "
        "ε α(t) along any other. Only with these is the drift bounded for every target. "
        "A drawn curve begins as the shape chosen before, and is edited at the right",
        also="eps shape, noise schedule, epsilon schedule, drawn curve, custom",
    )
    method: str = choice(
        "euler_maruyama",
        SDE_METHODS,
        "SDE solver",
        "Euler–Maruyama: one velocity a step, error h. Stochastic Heun: two, and error h² in the "
        "mean of a function",
        also="SDE solver, sampler, integrator, Euler-Maruyama, Heun",
    )
    steps: int = number(
        STEPS,
        1,
        1000,
        "SDE steps",
        "Of equal length. Twice as many refine the same Brownian paths",
        log=True,
        also="number of steps, step size, NFE",
    )
    naive: bool = switch(
        True,
        "Naive noise",
        "A third picture: the same noise added to the ODE without the score term",
        also="noise without score, uncorrected noise",
    )
    angle: float = number(
        0.0,
        0.0,
        180.0,
        "Direction",
        "Which coordinate is drawn against t: x at 0°, y at 90°, between them x cos + y sin",
        unit="°",
        step=1.0,
        also="angle, axis, projection, coordinate, marginal, x, y",
    )
    churn: float = number(
        0.0,
        0.0,
        1.0,
        "Churn",
        "A further picture of the ODE: before each step every particle is taken back by this share "
        "of a step, with as much fresh noise as keeps the marginal. At 0 it is the ODE itself",
        step=0.05,
        also="churn, restart, renoising, S_churn, EDM",
    )
    stop: bool = switch(
        False,
        "Stop at t = 0.99 (notebook)",
        "As in the notebook, which ends its SDE there. It needn't with ε α(t), and loses a "
        "hundredth of the modes' radius by it",
        also="t_end, early stopping, last time, notebook",
    )
    panels: int = number(
        6,
        2,
        12,
        "Panels",
        "At how many times the interpolant is shown, evenly from t = 0 to t = 1",
        also="number of panels, times, snapshots, strip",
    )
    race_by: str = choice(
        "evaluations",
        BUDGETS,
        "Budget",
        "What every lane may spend: evaluations of the velocity, or time, which is estimated from "
        "short runs on this machine",
        also="step budget, race, NFE, wall time",
    )
    race_evaluations: int = number(
        40,
        4,
        MOST_EVALUATIONS,
        "Evaluations",
        "Of the velocity for each particle: every lane takes as many steps as fit",
        log=True,
        also="NFE, step budget, race",
    )
    race_milliseconds: float = number(
        40.0,
        1.0,
        1000.0,
        "Milliseconds",
        "For all particles of a lane, on one thread: every lane takes as many steps as fit",
        unit="ms",
        log=True,
        also="wall time, time budget, race",
    )
    race_measure: str = choice(
        "rms",
        MEASURES,
        "Error",
        "Strong: the distance to the path of the same start and the same noise with very fine "
        "steps. Weak: the change of E|x|², the noise being common",
        also="strong error, weak error, order of convergence",
    )
    vectors: int = number(
        1,
        1,
        MOST_VECTORS,
        "Vectors z",
        "Random vectors of ±1 whose estimates are averaged at each place; each stays the same "
        "along its path. The spread falls as the root of their number",
        log=True,
        also="Hutchinson, Rademacher, probes, trace estimator, number of z",
    )
    derivative: str = choice(
        "divergence",
        DERIVATIVES,
        "Shown",
        "Divergence: how fast the flow thins out there. Curl: how fast it turns",
        also="curl, divergence, rotation, vorticity, Jacobian",
    )
    curves: tuple[CurvePoint, ...] = data(
        CURVES,
        "Curves through",
        "x, y and t of a point of each characteristic curve: it passes through (x, y) at that t",
        columns=("x", "y", "t"),
    )
    curve: int = number(
        0,
        0,
        9999,
        "Chosen curve",
        "The one whose density is drawn",
        also="selected curve, highlighted",
    )
    show_cell: bool = switch(
        True,
        "Cell",
        "A square: how much mass flows through each of its sides, and how fast its mass changes",
        also="continuity equation, flux, control volume, mass conservation",
    )
    cell_x: float = number(
        2.0, -100.0, 100.0, "Centre x", "Of the cell", step=0.1, also="cell x, position"
    )
    cell_y: float = number(
        1.4, -100.0, 100.0, "Centre y", "Of the cell", step=0.1, also="cell y, position"
    )
    cell_size: float = number(
        2.0, 0.05, 100.0, "Side", "Of the cell", log=True, also="cell size, width"
    )

    exact_score: bool = switch(
        False,
        "Exact score",
        "The SDE takes its score from the exact field where that is a closed form, and only the "
        "velocity from the network",
        also="true score, oracle score, analytic score, ground truth",
    )
    eps_curve: tuple[LevelPoint, ...] = data(
        ((0.0, 1.0), (1.0, 0.0)),
        "Drawn curve",
        "t and the share of ε there, from t = 0 to t = 1, with straight lines between",
        columns=("t", "share of ε"),
    )
    density_change: bool = switch(
        False,
        "Colour by density change",
        "Colours the ODE's particles by how much log pₜ has changed along their paths since t = 0: "
        "d log pₜ/dt = −∇·b. It takes 65 exact divergences for each particle, in the "
        "time of about 260 velocities",
        also="log density, likelihood, divergence, change of variables, particle colour",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "curves", _checked_points(self.curves))
        object.__setattr__(self, "eps_curve", _checked_levels(self.eps_curve))

    @property
    def noisy(self) -> bool:
        """True if the SDE has noise at some t; without any it is the ODE."""
        drawn = any(value > 0 for _, value in self.eps_curve)
        return self.eps > 0 and (self.eps_shape != "drawn" or drawn)

    @property
    def level_shape(self) -> str | tuple[LevelPoint, ...]:
        """The level over time as scripts give it: the shape's name, or the points of the curve."""
        return self.eps_curve if self.eps_shape == "drawn" else self.eps_shape


def _checked_levels(given: Any) -> tuple[LevelPoint, ...]:
    """The points of a level over time as tuples; raises `Invalid` unless they are a curve."""
    try:
        given = given.tolist() if hasattr(given, "tolist") else given
        points = tuple((float(t), float(value)) for t, value in given)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise Invalid(
            f"The points of a noise level must be rows of t and value, not {shown(given)}."
        ) from None
    if not 2 <= len(points) <= MOST_LEVEL_POINTS:
        raise Invalid(
            f"A noise level must have 2 to {MOST_LEVEL_POINTS} points, not {len(points)}."
        )
    if not all(0 <= value <= MOST_LEVEL for _, value in points):  # NaN is not within
        raise Invalid(f"The values of a noise level must be from 0 to {MOST_LEVEL:g}.")
    times = [t for t, _ in points]
    ascends = all(t + LEAST_GAP / 2 < u for t, u in pairwise(times))
    if not (ascends and times[0] == 0 and times[-1] == 1):
        raise Invalid(
            "The points of a noise level must have t ascending from 0 to 1, at least "
            f"{LEAST_GAP:g} apart."
        )
    return points


def eps_shape_of(settings: Stochastic, noisy: bool) -> str:
    """The shape of the noise level along a path with latent noise, or without."""
    return default_shape(noisy) if settings.eps_shape == "auto" else settings.eps_shape


def default_shape(noisy: bool) -> str:
    """The shape with which the drift is bounded: that of the latent noise, if there is any."""
    return "gamma" if noisy else "alpha"


def _checked_points(given: Any) -> tuple[CurvePoint, ...]:
    """The points as tuples; raises `Invalid` for none, too many, or one out of range."""
    rows = _rows(given)
    if not 1 <= len(rows) <= MOST_CURVES:
        raise Invalid(f"There must be 1 to {MOST_CURVES} curves, not {len(rows)}.")
    for k, (x, y, t) in enumerate(rows):
        if not 0 <= t <= 1:  # NaN is not within
            raise Invalid(f"Curve {k + 1}: t must lie between 0 and 1, not at {t:g}.")
        if not (abs(x) <= FARTHEST and abs(y) <= FARTHEST):
            where = "infinite" if math.isinf(x + y) else f"({x:g}, {y:g})"
            raise Invalid(
                f"Curve {k + 1}: x and y must lie between ±{FARTHEST:,.0f}, not at {where}."
            )
    return rows


def _rows(given: Any) -> tuple[CurvePoint, ...]:
    """Nested tuples, lists or arrays as rows of three numbers."""
    try:
        given = given.tolist() if hasattr(given, "tolist") else given
        rows = tuple((float(x), float(y), float(t)) for x, y, t in given)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise Invalid(
            f"The points of curves must be rows of x, y and t, not {shown(given)}."
        ) from None
    return rows
