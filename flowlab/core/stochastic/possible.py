"""Why a process of the room cannot be had for a document; imports no torch."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_only_learned
from flowlab.core.document.gaussian_noise import is_one_gaussian
from flowlab.core.document.shapes import Gaussian, Mixture, Ring

NEEDS_GAUSSIAN = (
    "Churn needs one Gaussian as the source, drawn independently of the target: choose such a "
    "source and independent pairs."
)
NEEDS_NO_LATENT = "Churn needs a path without latent noise: choose the noise None in the Flow room."
NEEDS_FIXED_STEPS = "Churn goes back by a share of a step: choose an ODE solver with fixed steps."
NEEDS_FORWARD = "Churn takes particles back towards the source: choose Source to target."
NO_GAMMA = (
    "This path has no latent noise γ: choose one in the Flow room, or another level of noise."
)
_MIXTURES = Gaussian, Ring, Mixture
STOPS_FORWARD = "Only from source to target: in reverse the SDE begins at t = 1."
NO_EXACT_SCORE = (
    "The exact score is known in closed form between Gaussian mixtures only, such as 8 Gaussians."
)


def why_no_exact_score(document: Document) -> str:
    """Why the SDE cannot take its score from the exact field; empty if it can."""
    mixtures = isinstance(document.source, _MIXTURES) and isinstance(document.target, _MIXTURES)
    return why_only_learned(document) or ("" if mixtures else NO_EXACT_SCORE)


def takes_exact_score(document: Document) -> bool:
    """True if the SDE takes its score from the exact field."""
    return document.stochastic.exact_score and not why_no_exact_score(document)


def why_no_churn(document: Document) -> str:
    """Why fresh noise cannot take particles back in time, in one sentence; empty if it can."""
    if document.coupling.kind != "independent" or not is_one_gaussian(document.source):
        return NEEDS_GAUSSIAN
    if document.path.noisy:
        return NEEDS_NO_LATENT
    if document.solver.method == "dopri5":
        return NEEDS_FIXED_STEPS
    return NEEDS_FORWARD if document.solver.direction == "reverse" else ""


def why_no_gamma(document: Document) -> str:
    """Why the level can't follow the latent noise, in one sentence; empty if it can."""
    return "" if document.path.noisy else NO_GAMMA


def why_no_stop(document: Document) -> str:
    """Why the SDE cannot end before t = 1, in one sentence; empty if it can."""
    return STOPS_FORWARD if document.solver.direction == "reverse" else ""
