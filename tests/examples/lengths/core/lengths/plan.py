"""The plan of the view: particles carried by the velocity, and the length of their paths."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from flowlab.core.document.document import Document
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.carry import carried_for
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of, start_of


@dataclass(frozen=True, eq=False, kw_only=True)
class PathLengths:
    """Length of the way up to each knot, of the particles that have a ring."""

    values: np.ndarray[Any, Any]  # (K, R)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return int(self.values.nbytes)

    def compact(self) -> Self:
        """Itself: there are few rings."""
        return self


def path_length(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Samples of one end carried to the other, with the length of the first few paths."""
    began = time.perf_counter()
    x, labels = start_of(document, options)
    bundle = carried_for(document, field, x, options)
    rings = np.asarray(bundle.points[:, : document.lengths.rings])
    steps = np.linalg.norm(np.diff(rings, axis=0), axis=-1)
    values = np.concatenate([np.zeros_like(steps[:1]), np.cumsum(steps, axis=0)])
    return replace(
        bundle,
        labels=labels,
        extra=PathLengths(values=values),
        seconds=time.perf_counter() - began,
        **ends_of(document, options),
    )
