"""Samples between a document's walls for scripts and the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowlab.core.document.classes import classes_of
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.learning.wall_score import LearnedWallScore
from flowlab.core.reflected.sampling import FLOW, SDE, carried_back
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle

NOT_TOLD = (
    "This network has learned the score of all classes together: let a conditional one learn it, "
    "or sample the exact score by flowlab.oracle(document)."
)
STEPS = {"reflected_euler": 200, "predictor_corrector": 200, "pf_ode": 100}


def sample_between(
    document: Document,
    n: int,
    method: str,
    steps: int | None,
    seed: int,
    condition: Any = None,
    learned: Field | None = None,
) -> Bundle:
    """Carry n uniform samples to the document's target, by a score between its walls.

    By the learned one if that of a run is given, otherwise by the exact one.

    Of one class of the target if a `condition` is given. "predictor_corrector" takes the document's
    number of corrector steps, at least one. Raises `Invalid` for walls that can't be, and where the
    target lies outside.
    """
    known = classes_of(document.target)
    if condition is not None and condition not in known:
        raise Invalid(f"The class must be one of the target's, {known}, not {shown(condition)}.")
    steps = STEPS[method] if steps is None else steps
    corrections = max(1, document.reflected.corrections) if method == "predictor_corrector" else 0
    flow = method == "pf_ode"
    settings = replace(document.reflected, corrections=corrections)
    settings = (
        replace(settings, flow_steps=steps) if flow else replace(settings, reverse_steps=steps)
    )
    asked = replace(document, reflected=settings, seed=seed)
    network = learned if isinstance(learned, LearnedWallScore) else None
    if network is not None and condition is not None and condition not in network.classes:
        raise Invalid(NOT_TOLD)
    return carried_back(asked, FLOW if flow else SDE, n, condition, network)
