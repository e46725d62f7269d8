"""The window's rooms: their tabs, and the last view of each room."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QTabBar

from flowlab.core.document.document import Document
from flowlab.core.views.registry import ROOMS, room_of


class RoomTabs(QTabBar):
    """One tab for each room; the arrow keys move between them once Tab has reached them."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rooms")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setAccessibleName("Rooms")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for number, room in enumerate(ROOMS, 1):
            index = self.addTab(room.title)
            self.setTabData(index, room.name)
            self.setTabToolTip(index, f"{room.tip} (Ctrl+{number})")
            self.setAccessibleTabName(index, f"Room: {room.title}")
        self.currentChanged.connect(lambda index: self.chosen.emit(self.tabData(index)))

    def show_room(self, key: str) -> None:
        """Select a room's tab without a signal."""
        self.blockSignals(True)
        self.setCurrentIndex([room.name for room in ROOMS].index(key))
        self.blockSignals(False)


class LastViews(QObject):
    """Remembers the last view of each room."""

    def __init__(self) -> None:
        super().__init__()
        self._last = {room.name: room.views[0].name for room in ROOMS}

    def note(self, document: Document) -> str:
        """Remember the document's view; return its room."""
        room = room_of(document.view.name).name
        self._last[room] = document.view.name
        return room

    def entered(self, room: str, document: Document) -> Document:
        """Return the document with the room's last view."""
        return replace(document, view=replace(document.view, name=self._last[room]))
