"""The question how much of the target lies outside the walls, and its answer; no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.shapes import Shape
from flowlab.core.domains.shares import percent
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.query import Query


@dataclass(frozen=True)
class Outside:
    """The share of the target outside, and the walls made to hold it; None where none do."""

    share: float
    fitted: Reflected | None = None

    @property
    def words(self) -> str:
        """The share in words, never rounded to nothing nor to all."""
        return percent(self.share)


@dataclass(frozen=True)
class OutsideQuery(Query[Outside]):
    """How much of the target lies outside the walls, and which walls would hold it."""

    target: Shape
    settings: Reflected
    seed: int
