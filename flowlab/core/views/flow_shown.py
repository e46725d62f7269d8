"""The flow that carries the particles of a view: the learned or the exact one."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.exact import extended_field, oracle_for, why_none
from flowlab.core.solvers.field import Field


def flow_shown(document: Document, field: Field) -> tuple[Field, bool, str]:
    """The field that carries the particles, whether it is exact, and a note on the exact field."""
    if document.view.shows != "exact":
        return field, False, ""
    oracle = oracle_for(document)
    if oracle is None:
        return field, False, why_none(document)
    return extended_field(oracle), True, oracle.facts.note
