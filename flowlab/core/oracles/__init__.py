"""Exact fields: what is true between two distributions, beside what a network learned of it."""

from flowlab.core.oracles.choosing import closed_form, oracle_for, why_none
from flowlab.core.oracles.face import Facts, Oracle
from flowlab.core.oracles.floors import loss_floor
from flowlab.core.oracles.following import followed
from flowlab.core.oracles.mixture import MixtureOracle
from flowlab.core.oracles.reference import Draws, Floor, Growing, reference

__all__ = [
    "Draws",
    "Facts",
    "Floor",
    "Growing",
    "MixtureOracle",
    "Oracle",
    "closed_form",
    "followed",
    "loss_floor",
    "oracle_for",
    "reference",
    "why_none",
]
