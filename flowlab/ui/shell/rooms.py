"""The rooms of the window: which there are, which view lies in which, and their tabs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTabBar, QWidget

from flowlab.core.document.document import Document

if TYPE_CHECKING:
    from flowlab.core.views.bundle import Bundle
    from flowlab.scene.base.style import Theme
    from flowlab.ui.room.cards import DistributionCard
    from flowlab.ui.room.side_panel import SidePanel
    from flowlab.work.status import Status

ROOMS = {"flow": "Flow", "blending": "(De)blending"}
TIPS = {
    "flow": "Train a network, and watch it carry one distribution to the other",
    "blending": "Blend and deblend step by step, and what becomes of it as the steps grow small",
}
BLENDING = ("blending", "chain", "tangent_field", "mapping", "conditions")  # views of that room
_CLOUD = ("show_particles", "show_density", "show_contours", "show_ends")
LAYERS = {  # which of a flow's layers the views of the other room have as well
    "blending": (*_CLOUD, "layout"),
    "chain": (*_CLOUD, "show_paths", "layout"),
    "mapping": (*_CLOUD, "layout"),
    "conditions": (*_CLOUD, "show_trails", "show_paths"),
}
FIRST = {"flow": "trajectories", "blending": "blending"}  # the view that a room begins with


def room_of(view: str) -> str:
    """The room that a view lies in."""
    return "blending" if view in BLENDING else "flow"


class Panels(Protocol):
    """What makes a room: a panel at the left, one at the right, and what they tell."""

    @property
    def left(self) -> SidePanel:
        """The panel at the left."""

    @property
    def right(self) -> QWidget:
        """The panel at the right."""

    def card(self, role: str) -> DistributionCard:
        """The card of "source" or "target"."""

    def show_document(self, document: Document) -> None:
        """Show what was chosen."""

    def show_bundle(self, bundle: Bundle) -> None:
        """Show what came from the engine."""

    def show_status(self, status: Status, training: bool) -> None:
        """Show what the engine is doing."""

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show one particle in figures, or none."""

    def show_t(self, t: float) -> None:
        """Show this t."""

    def caption(self, document: Document, bundle: Bundle) -> str:
        """What the picture is, in a line."""

    def step(self, by: int) -> bool:
        """One step of the room's own, forwards or back; False where it has none."""

    def take_click(self, index: int) -> bool:
        """What a click on a particle means here; False where it pins the particle's path."""

    def engine_ready(self) -> None:
        """The engine is there, and whatever is slow to import with it."""

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""


class RoomTabs(QTabBar):
    """One tab a room; arrow keys go along them."""

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
        for number, (key, title) in enumerate(ROOMS.items(), 1):
            index = self.addTab(title)
            self.setTabData(index, key)
            self.setTabToolTip(index, f"{TIPS[key]} (Ctrl+{number})")
            self.setAccessibleTabName(index, f"Room: {title}")
        self.currentChanged.connect(lambda index: self.chosen.emit(self.tabData(index)))

    def show_room(self, key: str) -> None:
        """Say which is open, without a signal."""
        self.blockSignals(True)
        self.setCurrentIndex(list(ROOMS).index(key))
        self.blockSignals(False)

    def event(self, event: QEvent) -> bool:
        """Arrow keys are the tabs' own while they have the focus."""
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right)
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() in arrows:
            event.accept()
            return True
        return super().event(event)


class LastViews(QObject):
    """Remembers which view each room was left with."""

    def __init__(self) -> None:
        super().__init__()
        self._last = dict(FIRST)

    def note(self, document: Document) -> str:
        """Take note of the view that is shown; returns its room."""
        room = room_of(document.view.name)
        self._last[room] = document.view.name
        return room

    def entered(self, room: str, document: Document) -> Document:
        """The document with the view that the room was last left with."""
        return replace(document, view=replace(document.view, name=self._last[room]))
