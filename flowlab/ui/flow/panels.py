"""The panels of the Flow room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.flow.left_panel import LeftPanel
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.room.captions import COMING, flow_caption
from flowlab.ui.room.cards import DistributionCard
from flowlab.ui.room.panels import Host

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.work.status import Status


class FlowPanels:
    """Left the settings of the experiment, right its results."""

    def __init__(self, host: Host) -> None:
        self.left, self.right = LeftPanel(host.store.document), RightPanel()
        self.right.particles = host.store.document.view.particles
        coupling = self.left.coupling
        coupling.draw_wanted.connect(host.draw_lines)
        coupling.reflow_wanted.connect(host.reflow.toggle)
        host.lines.switched.connect(coupling.show_drawing)
        self.right.metrics.wanted.connect(host.measure)

    def card(self, role: str) -> DistributionCard:
        """Return the card of "source" or "target"."""
        return self.left.source if role == "source" else self.left.target

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        self.left.show_document(document)
        self.right.particles = document.view.particles

    def show_bundle(self, bundle: Bundle) -> None:
        """Show both clouds, and the cost of the paths."""
        self.left.source.show_points(bundle.source)
        self.left.target.show_points(bundle.target)
        self.right.show_bundle(bundle)

    def show_status(self, status: Status, training: bool) -> None:
        """Show the engine's status."""
        self.right.show_status(status)
        self.left.coupling.show_status(status)
        self.left.show_training(training)

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show the figures of one particle's path, or of none."""
        self.right.show_particle(bundle, index)

    def show_t(self, t: float) -> None:
        """Mark this t in the plots."""
        self.right.metrics.show_t(t)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the number of particles, the solver, and the velocity, in words."""
        if not bundle.flows:
            return COMING
        return flow_caption(document, bundle, document.view.particles)

    def step(self, by: int) -> bool:  # noqa: ARG002
        """Return False: this room has no steps of its own."""
        return False

    def take_click(self, index: int) -> bool:  # noqa: ARG002
        """Return False: a click pins."""
        return False

    def engine_ready(self) -> None:
        """Show the loss plot, now that pyqtgraph has been imported."""
        self.right.add_plot()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.left.set_theme(theme)
        self.right.set_theme(theme)


def make(host: Host) -> FlowPanels:
    """Create the room's panels."""
    return FlowPanels(host)
