"""The panels of the reflected room."""

from __future__ import annotations

import math

from flowlab.core.document.document import Document
from flowlab.core.reflected.results import PARTS, slow_steps_of
from flowlab.core.reflected.views import ROOM
from flowlab.core.views.bundle import Bundle
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.controls import CONTROLS
from flowlab.ui.reflected.guidance_story import GuidanceStory
from flowlab.ui.reflected.heat_story import HeatStory, TonesStory
from flowlab.ui.reflected.motion_story import MotionStory, TimePlaneStory
from flowlab.ui.reflected.sampling_story import SamplingStory
from flowlab.ui.reflected.slow_story import SlowStory
from flowlab.ui.reflected.ways_story import WaysStory
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story import Story
from flowlab.ui.room.views_panels import ViewsPanels

STORIES: dict[str, type[Story]] = {
    "reflected_motion": MotionStory,
    "reflected_time_plane": TimePlaneStory,
    "ways_to_stay": WaysStory,
    "reflected_sampling": SamplingStory,
    "step_in_walls": SlowStory,
    "guidance_in_walls": GuidanceStory,
    "heat_kernel": HeatStory,
    "wall_tones": TonesStory,
}


class ReflectedPanels(ViewsPanels):
    """Left the walls and the noise, right what the walls do."""

    bundle: Bundle | None

    def __init__(self, host: Host) -> None:
        super().__init__(host, ROOM, CONTROLS, STORIES)
        self.playback, self.bundle = host.playback, None

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        return caption(document, bundle)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show the results."""
        super().show_bundle(bundle)
        self.bundle = bundle

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:  # noqa: ARG002
        """Show the numbers of that particle's step, or of the first one's."""
        story = self.right.shown
        if isinstance(story, SlowStory):
            story.show_particle(index or 0)

    def step(self, by: int) -> bool:
        """Go to where the next part of a slow step ends, or the one before it."""
        steps = slow_steps_of(self.bundle)
        if steps is None:
            return False
        parts = PARTS * steps.count
        now = self.playback.t * parts
        part = math.floor(now + 1e-6) + 1 if by > 0 else math.ceil(now - 1e-6) - 1
        self.playback.pause()
        self.playback.seek(part / parts)
        return True


def make(host: Host) -> ReflectedPanels:
    """Create the room's panels."""
    return ReflectedPanels(host)
