"""The question how much of both ends lies outside the walls, and its answer; no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.shapes import Shape
from flowlab.core.domains.shares import percent
from flowlab.core.reflected.settings import Reflected
from flowlab.core.views.query import Query


@dataclass(frozen=True)
class Outside:
    """The share of the target outside, and the walls made to hold it; None where none do.

    Where the source has a part in the view its share too, and walls that hold both.
    """

    share: float
    fitted: Reflected | None = None
    source: float = 0.0

    @property
    def any(self) -> bool:
        """True if something lies outside."""
        return bool(self.share or self.source)

    def words(self, *, clipped: bool) -> str:
        """What lies outside in one sentence, with shares that are never rounded to nothing."""
        shares = {"target": self.share, "source": self.source}
        parts = [f"{percent(share)} of the {role}" for role, share in shares.items() if share]
        said = " and ".join([*parts[:1], *(part[:1].lower() + part[1:] for part in parts[1:])])
        lies, cut = ("lie", "are") if len(parts) > 1 else ("lies", "is")
        return f"{said} {lies} outside the walls{f' and {cut} cut off' if clipped else ''}."


@dataclass(frozen=True)
class OutsideQuery(Query[Outside]):
    """How much of the target lies outside the walls, and which walls would hold it.

    And of the source, where that has a part in the view.
    """

    target: Shape
    settings: Reflected
    seed: int
    source: Shape | None = None
