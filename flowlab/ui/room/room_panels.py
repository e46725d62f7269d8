"""What the panels of all rooms do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.room.captions import COMING, flow_caption
from flowlab.ui.room.cards import DistributionCard
from flowlab.ui.room.left import RoomLeft

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.work.status import Status


class Results(Protocol):
    """A right panel."""

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine."""

    def show_status(self, status: Status) -> None:
        """Show the engine's status."""

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""


class RoomPanels:
    """A left panel with both cards and the settings, and a right one with the results."""

    left: RoomLeft
    right: Results

    def card(self, role: str) -> DistributionCard:
        """Return the card of "source" or "target"."""
        return self.left.source if role == "source" else self.left.target

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        self.left.show_document(document)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show both clouds, and the results."""
        self.left.source.show_points(bundle.source)
        self.left.target.show_points(bundle.target)
        self.right.show_bundle(bundle)

    def show_status(self, status: Status, training: bool) -> None:
        """Show the engine's status."""
        self.right.show_status(status)
        self.left.show_training(training)

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Do nothing: most rooms show no figures of single particles."""

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        if not bundle.flows:
            return COMING
        return flow_caption(document, bundle, document.view.particles)

    def step(self, by: int) -> bool:  # noqa: ARG002
        """Return False: most rooms have no steps of their own."""
        return False

    def take_click(self, index: int) -> bool:  # noqa: ARG002
        """Return False: a click pins."""
        return False

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.left.set_theme(theme)
        self.right.set_theme(theme)
