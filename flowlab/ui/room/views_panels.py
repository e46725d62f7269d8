"""The common part of the panels of rooms with several views."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.core.views.rows import Room
from flowlab.ui.room.panels import Host
from flowlab.ui.room.room_panels import RoomPanels
from flowlab.ui.room.story_panel import MakeStory, StoryPanel
from flowlab.ui.room.views_left import MakeControls, ViewsLeft


class ViewsPanels(RoomPanels):
    """Left the views and their controls, right the story of the current view."""

    left: ViewsLeft
    right: StoryPanel

    def __init__(
        self,
        host: Host,
        room: Room,
        controls: MakeControls,
        stories: MakeStory,
        sees_network: Callable[[Document], bool] | None = None,
    ) -> None:
        self.store = host.store
        self.left = ViewsLeft(host.store.document, room, controls, sees_network)
        self.right = StoryPanel(stories)
        host.canvas.pointed.connect(self.right.show_place)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.right.show_document(document)

    def show_t(self, t: float) -> None:
        """Show this t."""
        self.right.show_t(t)

    def engine_ready(self) -> None:
        """Create the widgets that need the engine and slow imports."""
        self.right.engine_ready()
