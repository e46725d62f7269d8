"""The common part of the panels of rooms with several views."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.rows import Room
from flowlab.ui.room.captions import COMING, flow_caption
from flowlab.ui.room.cards import DistributionCard
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story_panel import MakeStory, StoryPanel
from flowlab.ui.room.views_left import MakeControls, ViewsLeft

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.work.status import Status


class ViewsPanels:
    """Left the views and their controls, right the story of the current view."""

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

    def card(self, role: str) -> DistributionCard:
        """Return the card of "source" or "target"."""
        return self.left.source if role == "source" else self.left.target

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        self.left.show_document(document)
        self.right.show_document(document)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show both clouds, and the story of the bundle."""
        self.left.source.show_points(bundle.source)
        self.left.target.show_points(bundle.target)
        self.right.show_bundle(bundle)

    def show_status(self, status: Status, training: bool) -> None:
        """Show the engine's status."""
        self.right.show_status(status)
        self.left.show_training(training)

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Do nothing: these rooms show no figures of single particles."""

    def show_t(self, t: float) -> None:
        """Show this t."""
        self.right.show_t(t)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        if not bundle.flows:
            return COMING
        return flow_caption(document, bundle, document.view.particles)

    def step(self, by: int) -> bool:  # noqa: ARG002
        """Return False: these rooms have no steps of their own."""
        return False

    def take_click(self, index: int) -> bool:  # noqa: ARG002
        """Return False: a click pins."""
        return False

    def engine_ready(self) -> None:
        """Create the widgets that need the engine and slow imports."""
        self.right.engine_ready()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.left.set_theme(theme)
        self.right.set_theme(theme)
