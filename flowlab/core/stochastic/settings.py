"""What can be chosen for the SDEs of a flow, and in their room; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, choice, number, switch

SDE_METHODS = {"euler_maruyama": "Euler–Maruyama", "stochastic_heun": "Stochastic Heun"}
EPS_SHAPES = {
    "alpha": "ε α(t)",
    "constant": "ε",
    "sine": "ε sin² πt",
    "gamma": "ε γ(t)",
}
EPS, MOST_EPS, STEPS = 2.0, 1000.0, 80
NOTEBOOK_STOP = 0.99  # where the interpolants notebook ends its SDE
MOST_SHOWN = 10.0  # of eps in the room: noise far above it only asks for more steps


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
        "alpha",
        EPS_SHAPES,
        "Over time",
        "How the noise level depends on t. Only with ε α(t) is the drift bounded for every target",
        also="eps shape, noise schedule, epsilon schedule",
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
