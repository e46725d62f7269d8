"""Samples led to a class, the law that they don't follow, and the arrows; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.results import Pane, Schedule
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle, FieldFrames

GUIDED, TILTED, ARROWS = "guided", "tilted", "arrows"
TITLES = {
    GUIDED: "Guided samples",
    TILTED: "Tilted law",
    ARROWS: "Guided score",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreParts:
    """The score of a class, that of all, and the guided one, on a lattice at several levels."""

    conditional: FieldFrames
    unconditional: FieldFrames
    guided: FieldFrames  # gamma times the first and 1 - gamma times the second
    size: Doubles  # (T,) root mean square length of the longest of the three

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(
            each.values.nbytes for each in (self.conditional, self.unconditional, self.guided)
        )


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Purity and spread of a cloud at the data's end."""

    purity: Estimate  # share of points whose most likely class is the one that is led to
    spread: Estimate  # root mean square distance from their mean


@dataclass(frozen=True, eq=False, kw_only=True)
class GuidedRun:
    """One class by guidance, beside noised samples of p(x) p(y | x)^gamma."""

    panes: tuple[Pane, ...]  # `GUIDED` and `TILTED`, those that can be had
    refused: tuple[tuple[str, str], ...]  # pictures that can't, and why
    parts: ScoreParts | None
    schedule: Schedule
    label: int
    gamma: float
    between: tuple[float, float]  # t, in which there is guidance
    by: str  # a key of `settings.GUIDES`
    process: str  # a key of `settings.PROCESSES`
    figures: tuple[tuple[str, Shape], ...] = ()  # by kind of pane; none in a coarse answer
    why_no_figures: str = ""
    exact: bool = False

    def pane(self, kind: str) -> Pane | None:
        """The picture of a kind, if it can be had."""
        return next((pane for pane in self.panes if pane.kind == kind), None)

    def gamma_at(self, t: float) -> float:
        """gamma at t: 1 where there is no guidance."""
        return self.gamma if self.between[0] <= t <= self.between[1] else 1.0

    def compact(self) -> GuidedRun:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, panes=tuple(pane.compact() for pane in self.panes))

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        known = {id(p.marginals): p.marginals.nbytes for p in self.panes if p.marginals is not None}
        arrows = 0 if self.parts is None else self.parts.nbytes
        return arrows + sum(known.values()) + sum(pane.nbytes for pane in self.panes)


@dataclass(frozen=True, eq=False, kw_only=True)
class ArrowPicture:
    """The arrows, as one of the pictures side by side shows them."""

    run: GuidedRun

    def compact(self) -> ArrowPicture:
        """Itself."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes, beside that of the run."""
        return 0


def guided_run_of(bundle: Bundle | None) -> GuidedRun | None:
    """The guided samples that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, GuidedRun) else None
