"""Points noised and led to another class, as their view shows them; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.array_types import Floats
from flowlab.core.diffusion.results import Schedule
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

FORTH, BACK, DIFFERENCE = "forth", "back", "difference"


@dataclass(frozen=True, eq=False, kw_only=True)
class CounterfactualRun:
    """The same points in three pictures; the first of them is the chosen one."""

    forth: Bundle  # from the noise that they reach to where they are
    back: Bundle  # from the same noise to the class
    schedule: Schedule
    k: int  # the step to which they are noised, of T
    label: int  # the class that they are led to
    gamma: float
    moved: tuple[tuple[int, Estimate], ...]  # mean length of the difference of each class
    others: Estimate | None  # the same of all other classes; None where there are no samples
    purity: Estimate | None = None  # share of points that end in the class; None where unknown
    exact: bool = False

    @property
    def begin(self) -> float:
        """The t of the noisiest level."""
        return 1 - self.k / self.schedule.T

    @property
    def difference(self) -> Floats:
        """From each point to what it becomes, (n, 2)."""
        moved: Floats = self.back.at(1.0) - self.forth.at(1.0)
        return moved

    def compact(self) -> CounterfactualRun:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, forth=self.forth.compact(), back=self.back.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.forth.nbytes + self.back.nbytes


@dataclass(frozen=True, eq=False, kw_only=True)
class CounterfactualPicture:
    """What one of the pictures side by side shows."""

    name: str  # FORTH, BACK or DIFFERENCE
    run: CounterfactualRun

    def compact(self) -> CounterfactualPicture:
        """Itself."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes, beside that of the run."""
        return 0


def counterfactual_of(bundle: Bundle | None) -> CounterfactualRun | None:
    """The run that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, CounterfactualRun) else None
