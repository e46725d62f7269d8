"""Why a process of the room cannot be had for a document; imports no torch."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Gaussian, Mixture, Ring, Shape

NEEDS_GAUSSIAN = (
    "Churn needs one Gaussian as the source, drawn independently of the target: choose such a "
    "source and independent pairs."
)
NEEDS_NO_LATENT = "Churn needs a path without latent noise: choose the noise None in the Flow room."
NEEDS_FIXED_STEPS = "Churn goes back by a share of a step: choose an ODE solver with fixed steps."
NEEDS_FORWARD = "Churn takes particles back towards the source: choose Source to target."
STOPS_FORWARD = "Only from source to target: in reverse the SDE begins at t = 1."


def why_no_churn(document: Document) -> str:
    """Why fresh noise cannot take particles back in time, in one sentence; empty if it can."""
    if document.coupling.kind != "independent" or not is_one_gaussian(document.source):
        return NEEDS_GAUSSIAN
    if document.path.noisy:
        return NEEDS_NO_LATENT
    if document.solver.method == "dopri5":
        return NEEDS_FIXED_STEPS
    return NEEDS_FORWARD if document.solver.direction == "reverse" else ""


def why_no_stop(document: Document) -> str:
    """Why the SDE cannot end before t = 1, in one sentence; empty if it can."""
    return STOPS_FORWARD if document.solver.direction == "reverse" else ""


def is_one_gaussian(shape: Shape) -> bool:
    """True if a shape is a single Gaussian, as its kind and the number of its modes say."""
    if isinstance(shape, Ring):
        return shape.count == 1
    if isinstance(shape, Mixture):
        return len(shape.means) == 1
    return isinstance(shape, Gaussian)
