"""The results of flow matching between walls; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.estimates import Estimate
from flowlab.core.reflected.results import Box, Fresh, Sampled
from flowlab.core.views.bundle import Bundle

LINES, FREE, REFLECTED, EXACT = "lines", "free", "reflected", "exact"
PANES = {
    LINES: "Straight lines",
    FREE: "Without walls",
    REFLECTED: "Reflected",
    EXACT: "Exact velocity",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowPane(Sampled):
    """Particles that one flow carried; `left` is the share of its steps that meet a wall."""

    outside: Doubles  # (T,) share of the particles beyond the walls, at even times

    def outside_at(self, t: float) -> float:
        """The share of the particles beyond the walls at t."""
        return float(np.interp(t, np.linspace(0.0, 1.0, len(self.outside)), self.outside))


@dataclass(frozen=True, eq=False, kw_only=True)
class StraightLines:
    """The pairs from which the network learns, and how much of their lines is beyond the walls."""

    crossing: Estimate  # share of the lines that cross a wall
    beyond: Estimate  # share of their time that they are beyond the walls, in the mean
    shown: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))  # that cross


@dataclass(frozen=True, eq=False, kw_only=True)
class WallFlow:
    """The same starts carried by the flow without walls and by the reflected one."""

    panes: tuple[FlowPane, ...]
    lines: StraightLines | None  # None where the coupling has no pairs
    fresh: Fresh | None  # None for a quick first answer
    exact: bool  # the velocity that both follow
    bounds: Box = (-1.0, -1.0, 1.0, 1.0)

    def pane(self, kind: str) -> FlowPane | None:
        """The pane of a kind, or None."""
        return next((pane for pane in self.panes if pane.kind == kind), None)

    @property
    def stopped(self) -> int:
        """Steps of the reflected flow that had too many walls to meet."""
        return sum(pane.stopped for pane in self.panes)

    @property
    def nbytes(self) -> int:
        """Memory in bytes of what isn't the bundle's own."""
        fresh = 0 if self.fresh is None else self.fresh.reference.nbytes
        return fresh + sum(p.bundle.nbytes for p in self.panes if p.kind != REFLECTED)

    def compact(self) -> WallFlow:
        """The same with 16 bits for each coordinate of the paths."""
        panes = tuple(replace(pane, bundle=pane.bundle.compact()) for pane in self.panes)
        return replace(self, panes=panes)


def wall_flow_of(bundle: Bundle | None) -> WallFlow | None:
    """The flows that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, WallFlow) else None
