"""The (de)blending room: its two panels, the stepper of chains, and what a click means."""

from __future__ import annotations

from dataclasses import replace

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
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story_panel import MakeStory
from flowlab.ui.room.views_panels import ViewsPanels


class BlendingPanels(ViewsPanels):
    """Left what is blended and how, right what that teaches; a stepper of chains between them."""

    def __init__(self, host: Host) -> None:
        self.stepper = Stepper(host.playback, host.canvas)
        super().__init__(host, ROOM, CONTROLS, stories(self.stepper), sees_network)
        self.stepper.moved.connect(self.right.flush)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """What the picture is, in a line."""
        return caption(document, bundle)

    def step(self, by: int) -> bool:
        """Make one operation of the chain, forwards or back; other views step t."""
        if self.store.document.view.name != "chain":
            return False
        self.stepper.step(by)
        return True

    def take_click(self, index: int) -> bool:
        """Follow another chain, in the view of chains."""
        document = self.store.document
        if document.view.name != "chain":
            return False
        blending = replace(document.blending, followed=index)
        self.store.settle()
        self.store.edit(replace(document, blending=blending), "Follow a chain", "followed")
        self.store.settle()
        return True


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
