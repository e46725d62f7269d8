"""The (de)blending room: its two panels, the stepper between them, and what a click means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flowlab.core.blending.views import ROOM
from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.blending.blend_story import BlendStory
from flowlab.ui.blending.captions import caption
from flowlab.ui.blending.chain_story import ChainStory
from flowlab.ui.blending.conditions_story import ConditionsStory
from flowlab.ui.blending.controls import CONTROLS, sees_network
from flowlab.ui.blending.mapping_story import MappingStory
from flowlab.ui.blending.stepper import Stepper
from flowlab.ui.blending.tangent_story import TangentStory
from flowlab.ui.room.cards import DistributionCard
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story_panel import MakeStory, StoryPanel
from flowlab.ui.room.views_left import ViewsLeft

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.work.status import Status


class BlendingPanels:
    """Left what is blended and how, right what that teaches."""

    def __init__(self, host: Host) -> None:
        self.store = host.store
        self.stepper = Stepper(host.playback, host.canvas)
        self.left = ViewsLeft(host.store.document, ROOM, CONTROLS, sees_network)
        self.right = StoryPanel(stories(self.stepper))
        self.stepper.moved.connect(self.right.flush)
        host.canvas.pointed.connect(self.right.show_place)

    def card(self, role: str) -> DistributionCard:
        """The card of "source" or "target"."""
        return self.left.source if role == "source" else self.left.target

    def show_document(self, document: Document) -> None:
        """Show what was chosen."""
        self.left.show_document(document)
        self.right.show_document(document)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show both clouds, and what there is to tell."""
        self.left.source.show_points(bundle.source)
        self.left.target.show_points(bundle.target)
        self.right.show_bundle(bundle)

    def show_status(self, status: Status, training: bool) -> None:
        """Show what the engine is doing."""
        self.right.show_status(status)
        self.left.show_training(training)

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Single particles have no figures here but those of the followed chain."""

    def show_t(self, t: float) -> None:
        """Tell this t."""
        self.right.show_t(t)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """What the picture is, in a line."""
        return caption(document, bundle)

    def step(self, by: int) -> bool:
        """One operation of the chain, forwards or back; other views step t."""
        if self.store.document.view.name != "chain":
            return False
        self.stepper.step(by)
        return True

    def take_click(self, index: int) -> bool:
        """In the view of chains a click follows another one."""
        document = self.store.document
        if document.view.name != "chain":
            return False
        blending = replace(document.blending, followed=index)
        self.store.settle()
        self.store.edit(replace(document, blending=blending), "Follow a chain", "followed")
        self.store.settle()
        return True

    def engine_ready(self) -> None:
        """Plots can be drawn."""
        self.right.engine_ready()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.left.set_theme(theme)
        self.right.set_theme(theme)


def stories(stepper: Stepper) -> MakeStory:
    """What makes the story of each view."""
    return {
        "blending": BlendStory,
        "chain": lambda: ChainStory(stepper),
        "tangent_field": TangentStory,
        "mapping": MappingStory,
        "conditions": ConditionsStory,
    }


def make(host: Host) -> BlendingPanels:
    """The room's panels."""
    return BlendingPanels(host)
