"""What can be chosen for the SDEs of a flow; imports no torch."""

from __future__ import annotations

SDE_METHODS = {"euler_maruyama": "Euler–Maruyama", "stochastic_heun": "Stochastic Heun"}
EPS_SHAPES = {
    "alpha": "ε α(t)",
    "constant": "ε",
    "sine": "ε sin² πt",
    "gamma": "ε γ(t)",
}
EPS, MOST_EPS, STEPS = 2.0, 1000.0, 80
