"""What an export waits for: the picture of all edits so far, and the densities that it draws."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from flowlab.core.views.query import Settled
from flowlab.ui.shell.export_dialog import FrameAt, Late

if TYPE_CHECKING:
    from flowlab.core.views.bundle import Bundle
    from flowlab.ui.shell.workspace import Workspace

Frames = Callable[["Bundle"], FrameAt]

_numbers = itertools.count(1)

PICTURE = "Waiting for the picture …"
DENSITIES = "Computing the exact densities …"


def late_of(room: Workspace, shown: Bundle, frames: Frames) -> Late:
    """What the picture of the bundle that is shown lacks, and its frames once it is whole."""
    wait = ExportWait(room)

    def whole() -> FrameAt:
        room.densities.tick()  # what has just come is drawn as well
        return frames(wait.bundle(shown))

    return Late(wait.what, wait.progress, whole)


class ExportWait:
    """Asks for what the present picture still lacks, so that a later export has the same frames."""

    def __init__(self, room: Workspace) -> None:
        self._room, self._document = room, room.canvas.document
        self._question = Settled(next(_numbers))
        room.link.ask(self._question)

    def what(self) -> str:
        """What is still awaited, in words; empty once the picture is whole, or can't become so."""
        link = self._room.link
        trouble, status = link.trouble, link.status()
        if (trouble is not None and trouble.stops) or (status is not None and status.problem):
            return ""
        if not self._is_settled():
            return PICTURE
        return DENSITIES if self._room.densities.waits(self._document) else ""

    def progress(self) -> float:
        """The share that is done of what is awaited."""
        return self._room.densities.progress(self._document)

    def bundle(self, opened: Bundle) -> Bundle:
        """The bundle to export: the one that was shown, or that of an edit it lacked."""
        newest, revision = self._room.canvas.bundle, self._revision()
        lacks = revision is not None and opened.revision < revision
        return newest if lacks and newest is not None else opened

    def _is_settled(self) -> bool:
        bundle, revision = self._room.canvas.bundle, self._revision()
        return revision is not None and bundle is not None and bundle.revision >= revision

    def _revision(self) -> int | None:
        answer = self._room.link.answer(Settled)
        return None if answer is None or answer.query != self._question else answer.value
