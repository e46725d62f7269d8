"""The relative error of a learned velocity, as one number."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.exact import Oracle, reference
from flowlab.core.solvers.field import Field


def velocity_error(
    field: Field, oracle: Oracle, document: Document, n: int = 20_000, seed: int = 0
) -> float:
    """rms(learned - exact) / rms(exact) over x_t ~ p_t with t uniform on [0, 1].

    x_t is on the document's path; points where the exact velocity is undefined are omitted.
    """
    return reference(oracle, document, n, seed).error(field)
