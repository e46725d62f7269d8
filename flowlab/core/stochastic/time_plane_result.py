"""The result of the view `time_plane`; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.stochastic.results import Processes
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.projected_density import ProjectedDensity


@dataclass(frozen=True, eq=False, kw_only=True)
class TimePlaneProcesses(Processes):
    """The processes, and the density of the exact p_t along any direction."""

    density: ProjectedDensity | None = None  # None where p_t isn't known

    @property
    def nbytes(self) -> int:
        """Memory in bytes, with what the density is computed from."""
        return super().nbytes + (0 if self.density is None else self.density.nbytes)


def time_plane_of(bundle: Bundle | None) -> TimePlaneProcesses | None:
    """The processes and their density that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, TimePlaneProcesses) else None
