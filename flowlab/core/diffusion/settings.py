"""What can be chosen for the samplers of a diffusion model; imports no torch."""

from __future__ import annotations

DIFFUSION_METHODS = {  # of `flowlab.sample`
    "ddpm": "DDPM",
    "ddim": "DDIM",
    "pf_ode": "Probability-flow ODE",
    "reverse_sde": "Reverse SDE",
    "langevin": "Langevin dynamics",
}
SCHEDULES = {"linear": "Linear", "cosine": "Cosine", "vp": "VP"}
KINDS = {
    "vp": "Variance preserving",
    "ve": "Variance exploding",
    "sub_vp": "Sub-VP",
    "blend": "α-blending",
}
VARIANCES = {
    "posterior": "Posterior σ̃²",
    "beta": "β",
    "optimal": "Optimal",
}
SDE_PREDICTORS = {
    "euler_maruyama": "Euler–Maruyama",
    "reverse_diffusion": "Reverse diffusion",
    "sample_timestep_iter": "The text's sample_timestep_iter",
}
ODE_PREDICTORS = {"heun": "Heun", "euler": "Euler"}

_LEVELLED = ("ddpm", "ddim", "pf_ode", "reverse_sde")
OPTIONS = {  # and the methods that they belong to
    "T": _LEVELLED,
    "schedule": _LEVELLED,
    "kind": _LEVELLED,
    "standardise": _LEVELLED,
    "eta": ("ddim", "langevin"),
    "variance": ("ddpm",),
    "predictor": ("pf_ode", "reverse_sde"),
    "corrector": ("reverse_sde",),
    "snr": ("reverse_sde",),
    "clamp": ("ddpm", "ddim", "reverse_sde"),
    "step_size": ("langevin",),
    "sigmas": ("langevin", *_LEVELLED),
}

NOT_A_SAMPLER = (
    "The text's step sample_timestep_iter is not a sampler: its score lacks the factor 1/√(1 − ᾱ), "
    "its factor ½ belongs to the probability-flow ODE, which has no noise, and its noise has the "
    "step size of a Langevin corrector times √β."
)

MOST_STEPS = 10_000  # of a training schedule, and of Langevin dynamics
LEAST_SIGMA = 1e-6  # a standard deviation of noise; the largest is 1 over it
