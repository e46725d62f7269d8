"""The result of the view `processes`: one flow carried in several ways; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.marginals import Marginals
from flowlab.core.views.particle_values import ParticleValues

ODE, CHURN, SDE, NAIVE = "ode", "churn", "sde", "naive"
TITLES = {
    ODE: "Probability-flow ODE",
    CHURN: "ODE with churn",
    SDE: "SDE",
    NAIVE: "Noise without score",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Pane:
    """One of the pictures side by side: the same starts, carried in one way."""

    kind: str  # a key of `TITLES`
    bundle: Bundle
    change: ParticleValues | None = None  # of the log density, if particles are coloured by it

    def compact(self) -> Pane:
        """The same with 16 bits for each number."""
        change = None if self.change is None else self.change.compact()
        return replace(self, bundle=self.bundle.compact(), change=change)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.bundle.nbytes + (0 if self.change is None else self.change.nbytes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Processes:
    """The same particles by the ODE, the SDE and perhaps by naive noise, and the exact p_t."""

    panes: tuple[Pane, ...]
    marginals: Marginals | None = None  # None while only a few particles are shown
    exact: bool = False  # True if the exact velocity carries the particles
    first: float = 0.0  # the first t at which the drift was evaluated
    last: float = 1.0  # the last
    score: str = ""  # where the score is from, if not from the velocity: "exact" or "noise"
    until: float = 1.0  # where the SDE ends
    modes: Floats | None = None  # (k, 2) means of the target's modes, where it has several
    refused: tuple[tuple[str, str], ...] = ()  # kinds that can't be had, and why
    stored: bool = False  # True if they come from a file that has few of their times

    def has(self, kind: str) -> bool:
        """True if there is a picture of that process."""
        return any(pane.kind == kind for pane in self.panes)

    def compact(self) -> Self:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, panes=tuple(pane.compact() for pane in self.panes))

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all trajectories, and of the samples of p_t."""
        known = 0 if self.marginals is None else self.marginals.nbytes
        return known + sum(pane.nbytes for pane in self.panes)


def processes_of(bundle: Bundle | None) -> Processes | None:
    """The processes that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Processes) else None
