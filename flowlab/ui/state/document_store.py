"""The document and its history: every edit is one undoable step, and so is a drag."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from flowlab.core.document.document import Document

UNDO_LIMIT = 500


class Edit(QUndoCommand):
    """Replaces one document by another; successive edits with one key merge."""

    def __init__(
        self,
        before: Document,
        after: Document,
        text: str,
        key: Hashable,
        show: Callable[[Document], None],
    ) -> None:
        super().__init__(text)
        self.before, self.after, self.key, self._show = before, after, key, show

    def id(self) -> int:
        """Return one number for all edits: Qt offers each to the previous one for merging."""
        return 1

    def redo(self) -> None:
        """Show the document after the edit."""
        self._show(self.after)

    def undo(self) -> None:
        """Show the document before the edit."""
        self._show(self.before)

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        """Merge a later edit of the same gesture."""
        if not isinstance(other, Edit) or self.key is None or other.key != self.key:
            return False
        self.after = other.after
        self.setObsolete(self.before == self.after)
        return True


class DocumentStore(QObject):
    """Holds the document; views listen to `changed(before, after)`."""

    changed = Signal(object, object)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(UNDO_LIMIT)
        self._gesture = 0
        self.replacing = False

    def edit(self, after: Document, text: str, merge: str | None = None) -> None:
        """Replace the document by an undoable step; a gesture's steps with one `merge` merge."""
        if after == self.document:
            return
        key = None if merge is None else (merge, self._gesture)
        self.stack.push(Edit(self.document, after, text, key, self._show))

    def settle(self) -> None:
        """End the gesture: the next edit is a separate step."""
        self._gesture += 1

    def replace(self, document: Document) -> None:
        """Set another document with a new history, as after opening a file.

        `replacing` is true meanwhile: the caller sends the engine the document, with its weights.
        """
        self.stack.clear()
        self.replacing = True
        self._show(document)
        self.replacing = False

    def _show(self, document: Document) -> None:
        before, self.document = self.document, document
        if before != document:
            self.changed.emit(before, document)
