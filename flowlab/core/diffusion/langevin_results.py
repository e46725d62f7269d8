"""Langevin dynamics in several ways from the same starts; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.diffusion.results import Pane
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.marginals import Marginals

PLAIN, CLIMBING, ANNEALED = "plain", "climbing", "annealed"
WAYS = {PLAIN: "Unadjusted", CLIMBING: "Without noise", ANNEALED: "Annealed"}


@dataclass(frozen=True, kw_only=True)
class GaussianBias:
    """Variances of a Gaussian target, the sum of both axes', in closed form."""

    target: float
    noised: float  # of the target with sigma times the source's noise
    stationary: float | None  # of unadjusted Langevin dynamics; None where its steps diverge
    error: float  # standard error of the variance of as many samples of that law as there are


@dataclass(frozen=True, eq=False, kw_only=True)
class LangevinRuns:
    """The same starts and noise in each of `WAYS`; t is the share of the steps that are done."""

    panes: tuple[Pane, ...]
    sigmas: tuple[float, ...]  # of the annealed one, falling
    step_size: float  # of the other two
    last_step_size: float  # of the annealed one at its last sigma
    steps: int
    bounds: tuple[float, float, float, float]  # x0, x1, y0, y1 of starts and both ends
    target: Marginals | None = None  # samples of it; None while only a few particles are shown
    gaussian: GaussianBias | None = None  # None unless the target is one Gaussian
    exact: bool = False

    def compact(self) -> LangevinRuns:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, panes=tuple(pane.compact() for pane in self.panes))

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        known = 0 if self.target is None else self.target.nbytes
        return known + sum(pane.nbytes for pane in self.panes)

    def sigma(self, kind: str, t: float) -> float:
        """The sigma of the step under way at t."""
        if kind != ANNEALED:
            return self.sigmas[-1]
        count = len(self.sigmas)
        return self.sigmas[min(int(t * count + 1e-9), count - 1)]


def runs_of(bundle: Bundle | None) -> LangevinRuns | None:
    """The runs that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, LangevinRuns) else None
