"""The panels of the (de)blending room, the stepper of chains, and the effect of a click."""

from __future__ import annotations

from dataclasses import replace

from flowlab.core.blending.views import ROOM
from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.base.key_rows import KeyRow
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

KEY_ROWS = {
    "Chains": (
        KeyRow("Right", "Deblend, then blend: one operation of the chain forward"),
        KeyRow("Left", "One operation of the chain back"),
        KeyRow("Click", "Follow another chain"),
    )
}


class BlendingPanels(ViewsPanels):
    """Left the settings of blending, right their story, with a stepper for chains."""

    def __init__(self, host: Host) -> None:
        self.stepper = Stepper(host.playback, host.canvas)
        super().__init__(host, ROOM, CONTROLS, stories(self.stepper), sees_network)
        self.stepper.moved.connect(self.right.flush)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        return caption(document, bundle)

    def step(self, by: int) -> bool:
        """Do one operation of the chain, forwards or back; return False in other views."""
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
    """Return the factory of each view's story."""
    return {
        "blending": BlendStory,
        "chain": lambda: ChainStory(stepper),
        "tangent_field": TangentStory,
        "mapping": MappingStory,
        "conditions": ConditionsStory,
    }


def make(host: Host) -> BlendingPanels:
    """Create the room's panels."""
    return BlendingPanels(host)
