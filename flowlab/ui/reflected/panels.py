"""The panels of the reflected room."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.reflected.views import ROOM
from flowlab.core.views.bundle import Bundle
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.controls import CONTROLS
from flowlab.ui.reflected.motion_story import MotionStory, TimePlaneStory
from flowlab.ui.reflected.ways_story import WaysStory
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story import Story
from flowlab.ui.room.views_panels import ViewsPanels

STORIES: dict[str, type[Story]] = {
    "reflected_motion": MotionStory,
    "reflected_time_plane": TimePlaneStory,
    "ways_to_stay": WaysStory,
}


class ReflectedPanels(ViewsPanels):
    """Left the walls and the noise, right what the walls do."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, ROOM, CONTROLS, STORIES)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        return caption(document, bundle)


def make(host: Host) -> ReflectedPanels:
    """Create the room's panels."""
    return ReflectedPanels(host)
