"""The contract between window and rooms: what a room provides, and what it receives."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from flowlab.core.document.document import Document
    from flowlab.core.views.bundle import Bundle
    from flowlab.scene.base.style import Theme
    from flowlab.ui.canvas.canvas_view import CanvasView
    from flowlab.ui.room.cards import DistributionCard
    from flowlab.ui.room.side_panel import SidePanel
    from flowlab.ui.state.document_store import DocumentStore
    from flowlab.ui.state.engine_link import EngineLink
    from flowlab.ui.state.playback import Playback
    from flowlab.ui.tools.line_controller import LineController
    from flowlab.ui.tools.reflow_controller import ReflowController
    from flowlab.work.status import Status


class Host(Protocol):
    """The window's parts that a room uses: document, play head, picture and tools."""

    @property
    def store(self) -> DocumentStore:
        """The document and its edits."""

    @property
    def link(self) -> EngineLink:
        """The engine."""

    @property
    def playback(self) -> Playback:
        """The play head."""

    @property
    def canvas(self) -> CanvasView:
        """The picture."""

    @property
    def lines(self) -> LineController:
        """The tool that draws matching lines."""

    @property
    def reflow(self) -> ReflowController:
        """The tool that makes reflow pairs."""

    def draw_lines(self) -> None:
        """Start or stop drawing matching lines."""

    def measure(self, names: tuple[str, ...]) -> None:
        """Request these figures, and no others."""


class Panels(Protocol):
    """A room: its left and right panels, and what they show.

    Each room's package in this layer has a module `panels` with a function
    `make(host) -> Panels`.
    """

    @property
    def left(self) -> SidePanel:
        """The panel at the left."""

    @property
    def right(self) -> QWidget:
        """The panel at the right."""

    def card(self, role: str) -> DistributionCard:
        """Return the card of "source" or "target"."""

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine."""

    def show_status(self, status: Status, training: bool) -> None:
        """Show the engine's status."""

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show the figures of one particle, or of none."""

    def show_t(self, t: float) -> None:
        """Show this t."""

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""

    def step(self, by: int) -> bool:
        """Do one step of the room's own, forwards or back; return False if it has none."""

    def take_click(self, index: int) -> bool:
        """Handle a click on a particle; return False if it should pin the particle's path."""

    def engine_ready(self) -> None:
        """Create the widgets that need the engine and slow imports."""

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""


def make_panels(room: str, host: Host) -> Panels:
    """Create the panels of a room, importing its package."""
    panels: Panels = import_module(f"flowlab.ui.{room}.panels").make(host)
    return panels
