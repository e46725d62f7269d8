"""What a bundle holds of several generations for one condition; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """One of the pictures side by side."""

    title: str
    bundle: Bundle
    accuracy: float | None = None  # share of the points that end nearest to their own class
    distance: float | None = None  # sliced W2 from where they end to p1(. | c); None if any is lost


@dataclass(frozen=True, eq=False, kw_only=True)
class Generations:
    """The points of one class beside what a network makes of it, from other noise each time."""

    condition: int
    classes: tuple[int, ...]
    panels: tuple[Panel, ...]  # the reference first
    conditional: bool  # is the network told the class?
    exact: bool  # are they carried by the exact flow of the class?
    accuracy: float  # what fresh points of the class reach
    floor: float  # sliced W2 between fresh samples of the class, mean and deviation
    spread: float
    error: float | None = None  # rms|v - v*| / rms|v*| of the class; None where v* is not known
    note: str = ""  # what to do, where the picture is not what it could be

    def compact(self) -> Generations:
        """The same with the paths in 16 bits a number."""
        panels = tuple(replace(panel, bundle=panel.bundle.compact()) for panel in self.panels)
        return replace(self, panels=panels)

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all trajectories."""
        return sum(panel.bundle.nbytes for panel in self.panels)


def generations_of(bundle: Bundle | None) -> Generations | None:
    """The generations that a bundle holds, if it does."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Generations) else None
