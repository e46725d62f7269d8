"""Which training is meant: each has a number, and may go on from another one's weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Branch:
    """Names a training; one that isn't known begins with the weights of its parent, if it has one.

    Whoever edits the document decides the number: states of the document that share it share their
    weights, and a state that comes back brings its own weights back.
    """

    number: int = 0
    parent: int | None = None

    def after(self, other: Branch) -> Branch:
        """This branch where `other`, from which it may have come, was never begun."""
        return Branch(self.number, other.parent) if self.parent == other.number else self

    def can_use(self, number: int) -> bool:
        """True if weights of that training are also those with which this one begins."""
        return number in (self.number, self.parent)


FIRST = Branch()  # of an engine whose document nobody edits back and forth
