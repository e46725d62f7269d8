"""What makes a room, and what a room is given: the one contract between panels and window."""

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
    from flowlab.ui.state.playback import Playback
    from flowlab.ui.tools.line_controller import LineController
    from flowlab.ui.tools.reflow_controller import ReflowController
    from flowlab.work.status import Status


class Host(Protocol):
    """What a room is given of the window: the document, the play head, the picture and tools."""

    @property
    def store(self) -> DocumentStore:
        """The document, and its edits."""

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
        """Have these figures computed, and no others."""


class Panels(Protocol):
    """What makes a room: a panel at the left, one at the right, and what they show.

    Each room's package here has a module `panels` with a function `make(host) -> Panels`.
    """

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
        """Make one step of the room's own, forwards or back; False where it has none."""

    def take_click(self, index: int) -> bool:
        """Act on a click on a particle; False where it pins the particle's path."""

    def engine_ready(self) -> None:
        """Show what waited for the engine and for slow imports."""

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""


def make_panels(room: str, host: Host) -> Panels:
    """The panels of a room, whose package is imported now."""
    made: Panels = import_module(f"flowlab.ui.{room}.panels").make(host)
    return made
