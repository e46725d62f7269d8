"""Files dragged over the window: what a drop would do, shown while it can still be changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QMimeData, QPoint, QRect, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from flowlab.ui.shell.drop_overlay import Drop, DropOverlay
from flowlab.ui.shell.session_controller import PICTURES, POINTS, SUFFIX

ROLES = ("source", "target")
AROUND = 8  # px between a card and its frame


class Panels(Protocol):
    """The cards of both ends."""

    def card(self, role: str) -> QWidget:
        """Return the card of "source" or "target"."""


class Drawing(Protocol):
    """What is being drawn."""

    role: str  # "source", "target" or ""


class Places(Protocol):
    """Where things are, for a drop: the cards, and the picture, whose halves stand for the ends."""

    @property
    def panels(self) -> Panels:
        """The open room's panels."""

    @property
    def drawing(self) -> Drawing:
        """The end that is being drawn."""

    @property
    def canvas(self) -> QWidget:
        """The picture."""


def files_of(data: QMimeData) -> list[Path]:
    """The local files that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def copied(event: QDropEvent) -> None:
    """Accept files as copies: the program they come from must not delete its own."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


def drop_of(paths: Sequence[Path], role: str) -> Drop:
    """What dropping these files on an end does: the first one counts."""
    path, suffix = paths[0], paths[0].suffix.lower()
    which = path.name if len(paths) == 1 else f"{path.name}, the first of {len(paths)} files,"
    if suffix == SUFFIX:
        return Drop(f"Drop to open {which.rstrip(',')}")
    if suffix in POINTS | PICTURES:
        return Drop(f"Drop to use {which} as the {role}", role)
    kind = f"{suffix} files" if suffix else "files without an ending"
    kinds = f"{SUFFIX}, {' '.join(sorted(POINTS))}, {' '.join(sorted(PICTURES))}"
    return Drop(f"FlowLab can't read {kind}. It reads {kinds}", accepted=False)


class Drops:
    """Follows a drag over the window, and says at each place what a drop there would do."""

    def __init__(self, window: QWidget, places: Places) -> None:
        self.window, self.places = window, places
        self.overlay: DropOverlay | None = None  # created with the first drag

    def enter(self, event: QDragMoveEvent) -> None:
        """Begin to follow a drag of files; anything else is ignored."""
        if files_of(event.mimeData()):
            copied(event)  # also what can't be read, so that the reason is shown
            self.move(event)

    def move(self, event: QDragMoveEvent) -> None:
        """Show what a drop at this place would do, and refuse what can't be read."""
        paths = files_of(event.mimeData())
        if not paths:
            return
        drop = drop_of(paths, self.role_at(event.position().toPoint()))
        self._shown().show_drop(drop, self._areas())
        if drop.accepted:
            copied(event)
        else:
            event.setDropAction(Qt.DropAction.IgnoreAction)
            event.ignore()

    def leave(self) -> None:
        """The drag has left the window, or has ended."""
        if self.overlay is not None:
            self.overlay.hide()

    def role_at(self, at: QPoint) -> str:
        """Return the end that a file dropped at this place of the window replaces."""
        for role, area in self._cards().items():
            if area.contains(at):
                return role
        if self.places.drawing.role:
            return self.places.drawing.role
        canvas = self._place(self.places.canvas)
        left = canvas.contains(at) and at.x() < canvas.center().x()
        return "source" if left else "target"

    def _areas(self) -> dict[str, list[QRect]]:
        """Return where a drop replaces each end: on its card, and on a part of the canvas."""
        cards, canvas = self._cards(), self._place(self.places.canvas)
        half = canvas.width() // 2
        drawn = self.places.drawing.role
        parts = {
            "source": canvas.adjusted(0, 0, -half, 0),
            "target": canvas.adjusted(canvas.width() - half, 0, 0, 0),
        }
        if drawn:
            parts = {drawn: canvas}
        return {
            role: [area for area in (parts.get(role), _around(cards.get(role))) if area is not None]
            for role in ROLES
        }

    def _cards(self) -> dict[str, QRect]:
        cards = {role: self.places.panels.card(role) for role in ROLES}
        return {role: self._place(card) for role, card in cards.items() if card.isVisible()}

    def _place(self, widget: QWidget) -> QRect:
        """Return the visible part of a widget, in the window."""
        seen = widget.visibleRegion().boundingRect()
        return QRect(widget.mapTo(self.window, seen.topLeft()), seen.size())

    def _shown(self) -> DropOverlay:
        if self.overlay is None:
            self.overlay = DropOverlay(self.window)
        return self.overlay


def _around(card: QRect | None) -> QRect | None:
    """The place of the frame around a card, if there is a card."""
    return None if card is None else card.adjusted(-AROUND, -AROUND, AROUND, AROUND)
