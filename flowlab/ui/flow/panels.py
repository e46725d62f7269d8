"""The panels of the Flow room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.flow.left_panel import LeftPanel
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.room.panels import Host
from flowlab.ui.room.room_panels import RoomPanels

if TYPE_CHECKING:
    from flowlab.work.status import Status


class FlowPanels(RoomPanels):
    """Left the settings of the experiment, right its results."""

    left: LeftPanel
    right: RightPanel

    def __init__(self, host: Host) -> None:
        self.left, self.right = LeftPanel(host.store.document), RightPanel()
        self.right.particles = host.store.document.view.particles
        coupling = self.left.coupling
        coupling.draw_wanted.connect(host.draw_lines)
        coupling.reflow_wanted.connect(host.reflow.toggle)
        host.lines.switched.connect(coupling.show_drawing)
        self.right.metrics.wanted.connect(host.measure)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.right.particles = document.view.particles

    def show_status(self, status: Status, training: bool) -> None:
        """Show the engine's status, and the figures of the coupling."""
        super().show_status(status, training)
        self.left.coupling.show_status(status)

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show the figures of one particle's path, or of none."""
        self.right.show_particle(bundle, index)

    def show_t(self, t: float) -> None:
        """Mark this t in the plots."""
        self.right.metrics.show_t(t)

    def engine_ready(self) -> None:
        """Show the loss plot, now that pyqtgraph has been imported."""
        self.right.add_plot()


def make(host: Host) -> FlowPanels:
    """Create the room's panels."""
    return FlowPanels(host)
