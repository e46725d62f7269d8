"""Oracles: the exact field between two distributions, to compare a learned one with."""

from flowlab.core.document.exactness import why_none
from flowlab.core.exact.extended import extended_field
from flowlab.core.exact.factory import closed_form, oracle_for
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
    "extended_field",
    "loss_floor",
    "oracle_for",
    "reference",
    "why_none",
]
