"""The result of the view `strip`; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.array_types import Floats
from flowlab.core.views.bundle import Bundle


@dataclass(frozen=True, eq=False, kw_only=True)
class Strip:
    """At which times the interpolant is shown; the bundle has its samples."""

    times: Floats  # (T,) from 0 to 1

    def compact(self) -> Strip:
        """Itself: the samples are the bundle's."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.times.nbytes


def strip_of(bundle: Bundle | None) -> Strip | None:
    """The strip that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Strip) else None
