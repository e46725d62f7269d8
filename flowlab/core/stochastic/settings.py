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
DERIVATIVES = {"divergence": "Divergence", "curl": "Curl"}
EPS, MOST_EPS, STEPS = 2.0, 1000.0, 80
MOST_VECTORS = 256
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
