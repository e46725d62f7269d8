"""The relative error of a learned velocity, as one number."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.estimates import Estimate
from flowlab.core.exact import Oracle, reference
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.solvers.field import Field


@objects_checked
def velocity_error(
    field: Field, oracle: Oracle, document: Document, n: int = 20_000, seed: int = 0
) -> Estimate:
    """rms(learned - exact) / rms(exact) over x_t ~ p_t with t uniform on [0, 1].

    x_t is on the document's path, between pairs of its coupling, as in `compare`; points where the
    exact velocity is undefined are omitted. The result is a float with its standard error as
    `.error`. Raises `Invalid` for n < 1.
    """
    return reference(oracle, document, n, seed).error(field)
