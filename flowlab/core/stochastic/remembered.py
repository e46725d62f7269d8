"""A document's exact field, which keeps what it computed for a curve or cell that is dragged.

A field on a grid transforms both ends at every new t. That costs far more than its value at a few
points, and doesn't depend on them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from flowlab.core.document.document import Document
from flowlab.core.exact import extended_field, oracle_for
from flowlab.core.exact.extended import ExtendedField
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.exact.slice_stack import SliceStack
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.cache import LruCache

_SLICES = 192  # times of the curves' steps, and of where some begin
Times = tuple[float, ...]


class Remembered:
    """An oracle, its field with a value everywhere, and stacks of a grid oracle's slices."""

    def __init__(self, oracle: Oracle) -> None:
        grid = isinstance(oracle, GridOracle)
        self.oracle = oracle.remembering(_SLICES) if isinstance(oracle, GridOracle) else oracle
        self._stacks: LruCache[SliceStack] = LruCache(6 if grid else 1)

    @property
    def on_grid(self) -> bool:
        """True if `stack` is there for it."""
        return isinstance(self.oracle, GridOracle)

    @cached_property
    def field(self) -> ExtendedField:
        """The velocity, with a value everywhere."""
        return extended_field(self.oracle)

    def stack(
        self, times: Times, cancelled: Callable[[], bool] | None = None, *, densities: bool = False
    ) -> SliceStack:
        """The slices of a grid oracle at some times, cached; raises `Cancelled`."""
        key = times, densities
        return self._stacks.get(key, lambda: self._stack(times, cancelled, densities))

    def _stack(
        self, times: Times, cancelled: Callable[[], bool] | None, densities: bool
    ) -> SliceStack:
        assert isinstance(self.oracle, GridOracle)
        slices = []
        for t in times:
            if cancelled is not None and cancelled():
                raise Cancelled
            slices.append(self.oracle.slice_at(t, keep=not densities))
        return SliceStack.of(slices, densities=densities)


_LAST: LruCache[Remembered] = LruCache(1)


def remembered(document: Document) -> Remembered | None:
    """The exact field of a document; None where there is none. That of the last one is kept."""
    oracle = oracle_for(document)
    if oracle is None:
        return None
    key = document.source, document.target, document.path
    return _LAST.get(key, lambda: Remembered(oracle))
