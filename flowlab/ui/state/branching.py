"""Which training's weights belong to a document, when it is edited."""

from __future__ import annotations

import itertools

from flowlab.core.document.document import Document
from flowlab.core.document.learned import flow_of, weighed
from flowlab.core.learning.branch import Branch

_NUMBERS = itertools.count(1)  # of all trainings since the program was started


class Branching:
    """Gives out the numbers of trainings, and remembers the newest document of each."""

    def __init__(self) -> None:
        self.branches: dict[int, Branch] = {}
        self.documents: dict[int, Document] = {}  # the one last in use is the last

    def begin(self, document: Document) -> Branch:
        """A training with fresh weights, or with those that come from a file."""
        return self._made(document, None)

    def to(self, before: Document, after: Document, branch: Branch) -> Branch:
        """The training for a document that follows `before`, which has this branch.

        It is the same one while nothing changes that weights depend on; one that was left, where
        the same is to be learned again; and otherwise another, which goes on with the weights so
        far where they fit, or with those that last learned a flow of the same kind.
        """
        if weighed(after) == weighed(before):
            return branch
        for number, document in reversed(self.documents.items()):
            if weighed(document) == weighed(after):
                return self.branches[number]
        if flow_of(after) == flow_of(before):
            return self._made(after, branch.number)
        alike = (
            k for k, known in reversed(self.documents.items()) if flow_of(known) == flow_of(after)
        )
        return self._made(after, next(alike, None))

    def note(self, branch: Branch, document: Document) -> None:
        """Remember the newest document of a training."""
        self.branches[branch.number] = branch
        self.documents.pop(branch.number, None)
        self.documents[branch.number] = document

    def forget_all_but(self, numbers: set[int]) -> None:
        """Drop the documents of trainings that don't exist any more; later ones may yet come."""
        last = max(numbers)
        gone = [k for k in self.documents if k < last and k not in numbers]
        for number in gone:
            del self.documents[number], self.branches[number]

    def _made(self, document: Document, parent: int | None) -> Branch:
        branch = Branch(next(_NUMBERS), parent)
        self.note(branch, document)
        return branch
