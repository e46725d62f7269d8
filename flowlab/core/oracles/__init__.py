"""Exact fields: what is true between two distributions, beside what a network learned of it."""

from flowlab.core.oracles.face import Facts, Oracle
from flowlab.core.oracles.mixture import MixtureOracle, loss_floor, oracle_for

__all__ = ["Facts", "MixtureOracle", "Oracle", "loss_floor", "oracle_for"]
