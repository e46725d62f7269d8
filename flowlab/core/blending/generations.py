"""The result of the view `conditions`: several generations for one class; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """One of the pictures side by side: the reference, or one generation."""

    title: str
    bundle: Bundle
    accuracy: float | None = None  # share of the end points whose nearest target point is of c
    distance: float | None = None  # sliced W2 of the end points to p1(. | c); None if any is lost


@dataclass(frozen=True, eq=False, kw_only=True)
class Generations:
    """Target samples of one class beside particles carried there from different source samples."""

    condition: int
    classes: tuple[int, ...]
    panels: tuple[Panel, ...]  # the reference first
    conditional: bool  # True if the network is conditioned on the class
    exact: bool  # True if the class's exact flow carries the particles
    accuracy: float  # that of samples of the class itself
    floor: float  # sliced W2 between fresh samples of the class, mean and deviation
    spread: float
    error: float | None = None  # rms|v - v*| / rms|v*| of the class; None where v* is not known
    note: str = ""  # what to do for a better picture, if anything

    def compact(self) -> Generations:
        """The same with 16 bits for each coordinate of the paths."""
        panels = tuple(replace(panel, bundle=panel.bundle.compact()) for panel in self.panels)
        return replace(self, panels=panels)

    @property
    def nbytes(self) -> int:
        """Memory in bytes of all trajectories."""
        return sum(panel.bundle.nbytes for panel in self.panels)


def generations_of(bundle: Bundle | None) -> Generations | None:
    """The generations that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Generations) else None
