"""The document and its history: every edit is one undoable step, and so is a drag."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from flowlab.core.document.document import Document
from flowlab.core.document.glance import glanced
from flowlab.core.document.learned import weighed
from flowlab.core.learning.branch import Branch
from flowlab.ui.state.branching import Branching

UNDO_LIMIT = 500


@dataclass(frozen=True)
class State:
    """A document, and the training whose weights belong to it."""

    document: Document
    branch: Branch


class Edit(QUndoCommand):
    """Replaces one state by another; successive edits with one key merge."""

    def __init__(
        self,
        before: State,
        after: State,
        text: str,
        key: Hashable,
        show: Callable[[State], None],
    ) -> None:
        super().__init__(text)
        self.before, self.after, self.key, self._show = before, after, key, show

    def id(self) -> int:
        """Return one number for all edits: Qt offers each to the previous one for merging."""
        return 1

    def redo(self) -> None:
        """Show the state after the edit."""
        self._show(self.after)

    def undo(self) -> None:
        """Show the state before the edit."""
        self._show(self.before)

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        """Merge a later edit of the same gesture."""
        if not isinstance(other, Edit) or self.key is None or other.key != self.key:
            return False
        self.after = other.after
        self.setObsolete(glanced(self.before.document, self.after.document) == self.after.document)
        return True


@dataclass(frozen=True)
class Begun:
    """Where a step began. Kept as values: Qt owns the commands, which mustn't outlive its stack."""

    key: Hashable
    index: int  # of the stack, with this step in it
    before: State


class DocumentStore(QObject):
    """Holds the document; views listen to `changed(before, after)`.

    Which view is open, which layers it shows, and whether of the learned or the exact flow, is a
    glance: it belongs to the document, but is no step of its history.
    """

    changed = Signal(object, object)  # documents; the same one twice where only the weights change
    refused = Signal(str, str)  # "source" or "target", whose new shape can't be used, and why

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._branching = Branching()
        self.state = State(document, self._branching.begin(document))
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(UNDO_LIMIT)
        self._gesture = 0
        self._begun: Begun | None = None  # the newest step of the history
        self.drops: list[Callable[[], bool]] = []  # see `undo`
        self.replacing = False

    @property
    def document(self) -> Document:
        """The present document."""
        return self.state.document

    @property
    def branch(self) -> Branch:
        """The training whose weights belong to the document."""
        return self.state.branch

    def edit(self, after: Document, text: str, merge: str | None = None) -> None:
        """Replace the document by an undoable step; a gesture's steps with one `merge` merge.

        A shape that can't be used is refused, so that the document, the picture and the figures
        always agree.
        """
        role, why = _why_refused(self.document, after)
        if why:
            self.refused.emit(role, why)
            return
        self._show(State(glanced(self.document, after), self.branch), glance=False)
        if after == self.document:
            return
        key = None if merge is None else (merge, self._gesture)
        self._push(State(after, self._branch_of(after, key)), text, key)

    def begin_again(self, text: str) -> None:
        """Take fresh weights for the same document, by an undoable step."""
        self._push(State(self.document, self._branching.begin(self.document)), text, None)

    def take_up(self, number: int, text: str) -> None:
        """Go to the document and the weights of an earlier training, by an undoable step."""
        document, branch = self._branching.documents[number], self._branching.branches[number]
        self.settle()
        self._push(State(document, branch), text, None)
        self.settle()

    def document_of(self, number: int) -> Document | None:
        """The newest document of a training; None if it isn't known."""
        return self._branching.documents.get(number)

    def forget_all_but(self, numbers: set[int]) -> None:
        """Drop what is known of trainings that don't exist any more."""
        self._branching.forget_all_but(numbers | {self.branch.number})

    def settle(self) -> None:
        """End the gesture: the next edit is a separate step."""
        self._gesture += 1

    def undo(self) -> None:
        """Undo the last edit, unless one of `drops` has something newer, which it then drops."""
        if not any(drop() for drop in self.drops):
            self.stack.undo()

    def replace(self, document: Document) -> None:
        """Set another document with a new history, as after opening a file.

        `replacing` is true meanwhile: the caller sends the engine the document, with its weights.
        """
        self.stack.clear()
        self.replacing = True
        self._show(State(document, self._branching.begin(document)), glance=False)
        self.replacing = False

    def _push(self, after: State, text: str, key: Hashable) -> None:
        before, merges = self.state, self._started(key) is not None
        self.stack.push(Edit(before, after, text, key, self._show))
        if not merges:
            self._begun = Begun(key, self.stack.index(), before)

    def _branch_of(self, after: Document, key: Hashable) -> Branch:
        """The training whose weights are to belong to this document."""
        started = self._started(key)
        if started is None:
            return self._branching.to(self.state.document, after, self.branch)
        if weighed(after) == weighed(started.before.document):
            return started.before.branch
        if started.before.branch != self.branch:
            return self.branch  # that of the gesture
        return self._branching.to(self.state.document, after, self.branch)

    def _started(self, key: Hashable) -> Begun | None:
        """The step that an edit with this key will merge with."""
        begun, index = self._begun, self.stack.index()
        if begun is None or key is None or begun.key != key:
            return None
        return begun if begun.index == index == self.stack.count() else None

    def _show(self, state: State, *, glance: bool = True) -> None:
        before = self.state
        document = glanced(state.document, before.document) if glance else state.document
        self.state = State(document, state.branch)
        self._branching.note(self.state.branch, document)
        if before != self.state:
            self.changed.emit(before.document, document)


def _why_refused(before: Document, after: Document) -> tuple[str, str]:
    if before.source is after.source and before.target is after.target:
        return "", ""
    from flowlab.core.distributions.refusals import why_refused  # the first frame doesn't need it

    return why_refused(before, after)
