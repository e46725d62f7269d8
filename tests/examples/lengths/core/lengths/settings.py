"""What a person chose in the room of lengths."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.limits import Checked, number


@dataclass(frozen=True, kw_only=True)
class Lengths(Checked):
    """Rings as large as the way that particles have come."""

    rings: int = number(40, 1, 500, "Rings", "Particles with a ring, as large as their way so far")
