"""The handler of the question how much of both ends lies outside the walls."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.limits import Invalid
from flowlab.core.reflected.fitting import outside_of
from flowlab.core.reflected.outside import Outside, OutsideQuery
from flowlab.work.queries import Known


def outside(
    _known: Known, query: OutsideQuery, _: Callable[[], bool], __: Callable[[float], None]
) -> Outside | None:
    """The shares outside, and walls that hold all; None for ends or walls that can't be."""
    try:
        return outside_of(query.target, query.settings, query.seed, query.source)
    except Invalid:  # the picture's own refusal says why
        return None
