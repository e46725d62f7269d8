"""Exact fields: what is true between two distributions, beside what a network learned of it."""

from flowlab.core.exact.factory import closed_form, oracle_for, why_none
from flowlab.core.exact.following import followed
from flowlab.core.exact.interfaces import Facts, Oracle
from flowlab.core.exact.irreducible_loss import loss_floor
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.exact.reference import (
    EvaluationSet,
    GrowingEvaluationSet,
    IrreducibleLoss,
    reference,
)

__all__ = [
    "EvaluationSet",
    "Facts",
    "GrowingEvaluationSet",
    "IrreducibleLoss",
    "MixtureOracle",
    "Oracle",
    "closed_form",
    "followed",
    "loss_floor",
    "oracle_for",
    "reference",
    "why_none",
]
