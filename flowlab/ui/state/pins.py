"""The pinned particles of each view, which are still there when one comes back to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowlab.core.document.document import Document

Place = tuple[str, int, int]  # a view, its number of particles, and the seed

MOST = 24  # of a view


class Pins:
    """Indices of particles, for each view with its number of particles and its seed.

    With another number or another seed an index means another particle; set back, e.g. by undo, it
    means the same one again.
    """

    def __init__(self) -> None:
        self._kept: dict[Place, tuple[int, ...]] = {}

    def of(self, document: Document) -> tuple[int, ...]:
        """Return the pinned particles of the document's view, the newest last."""
        return self._kept.get(_place(document), ())

    def set(self, document: Document, pins: Sequence[int]) -> None:
        """Remember the newest pins of the document's view."""
        self._kept[_place(document)] = tuple(pins)[-MOST:]

    def clear(self) -> None:
        """Forget all pins, as when another document is opened."""
        self._kept.clear()

    def by_view(self, document: Document) -> dict[str, list[int]]:
        """Return the pins of all views of this document, as a session stores them."""
        names = sorted({name for name, _, _ in self._kept})
        kept = {name: self._kept.get((name, *_same(document)), ()) for name in names}
        return {name: list(pins) for name, pins in kept.items() if pins}

    def restore(self, document: Document, stored: Mapping[str, Sequence[int]]) -> None:
        """Take what a session stores; indices of no particle are left out."""
        self.clear()
        for name, pins in stored.items():
            known = [i for i in pins if i < document.view.particles]
            self._kept[name, *_same(document)] = tuple(known)[-MOST:]


def _same(document: Document) -> tuple[int, int]:
    return document.view.particles, document.seed


def _place(document: Document) -> Place:
    return document.view.name, *_same(document)
