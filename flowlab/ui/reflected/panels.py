"""The panels of the reflected room."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.core.reflected.results import PARTS, slow_steps_of
from flowlab.core.reflected.views import ROOM
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.camera import Extent
from flowlab.scene.reflected.walls import extent
from flowlab.ui.canvas.canvas_view import CanvasView
from flowlab.ui.reflected import wall_handles
from flowlab.ui.reflected.both_ways_story import BothWaysStory
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.control_table import CONTROLS
from flowlab.ui.reflected.controls import WallControls
from flowlab.ui.reflected.flow_story import FlowStory
from flowlab.ui.reflected.guidance_story import GuidanceStory
from flowlab.ui.reflected.heat_story import HeatStory, TonesStory, WallLikelihoodStory
from flowlab.ui.reflected.motion_story import MotionStory, TimePlaneStory
from flowlab.ui.reflected.outside_watch import OutsideWatch
from flowlab.ui.reflected.sampling_story import SamplingStory
from flowlab.ui.reflected.score_story import ScoreStory
from flowlab.ui.reflected.slow_story import SlowStory
from flowlab.ui.reflected.wall_drawing import WallDrawing
from flowlab.ui.reflected.wall_handles import WallHandles
from flowlab.ui.reflected.ways_story import WaysStory
from flowlab.ui.room.controls import Controls
from flowlab.ui.room.panels import Host
from flowlab.ui.room.story import Story
from flowlab.ui.room.views_panels import ViewsPanels

if TYPE_CHECKING:
    from flowlab.work.status import Status

STORIES: dict[str, type[Story]] = {
    "reflected_motion": MotionStory,
    "reflected_time_plane": TimePlaneStory,
    "ways_to_stay": WaysStory,
    "reflected_sampling": SamplingStory,
    "forward_and_reverse": BothWaysStory,
    "flow_between_walls": FlowStory,
    "step_in_walls": SlowStory,
    "guidance_in_walls": GuidanceStory,
    "wall_score": ScoreStory,
    "heat_kernel": HeatStory,
    "wall_tones": TonesStory,
    "wall_likelihood": WallLikelihoodStory,
}
KEY_ROWS = {"Picture": wall_handles.KEY_ROWS}  # the tool that draws says its keys itself
LEAST_SHOWN = 0.35  # of the picture's height or width, that walls must fill


class ReflectedPanels(ViewsPanels):
    """Left the walls and the noise, right what the walls do."""

    bundle: Bundle | None

    def __init__(self, host: Host) -> None:
        self.canvas = host.canvas
        self.drawing = WallDrawing(host.canvas, host.store)
        self.watch = OutsideWatch(host.link)
        self.watch.show_document(host.store.document)
        self._walls: list[WallControls] = []
        makers = {view: partial(self._made, make) for view, make in CONTROLS.items()}
        super().__init__(host, ROOM, makers, STORIES)
        self.handles = WallHandles(host.canvas, host.store)
        self.playback, self.bundle = host.playback, None

    def _made(self, make: Callable[[Document], Controls], document: Document) -> Controls:
        """The controls of a view, whose buttons draw on the picture."""
        controls = make(document)
        if isinstance(controls, WallControls):
            self._walls.append(controls)
            controls.buttons.draw.connect(self.drawing.toggle)
            controls.buttons.show_drawing(self.drawing.what)
            self.drawing.switched.connect(controls.buttons.show_drawing)
        return controls

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.watch.show_document(document)
        self._show_outside(document)

    def show_status(self, status: Status, training: bool) -> None:
        """Show the engine's status, and what of the target lies outside the walls."""
        super().show_status(status, training)
        self._show_outside(self.store.document)

    def _show_outside(self, document: Document) -> None:
        answer, clipped = self.watch.tick(), document.reflected.clip
        for controls in self._walls:
            if controls.outside is not None:
                controls.outside.show_answer(answer, clipped=clipped)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show the results; walls that have left the picture are brought back to it."""
        super().show_bundle(bundle)
        self.bundle = bundle
        canvas, walls = self.canvas, extent(bundle.extra)
        free = not canvas.has_own_camera and canvas.pencil is None and self.handles.held is None
        if free and walls is not None and not _is_shown(canvas, walls):
            canvas.fit()

    def caption(self, document: Document, bundle: Bundle) -> str:
        """Return the caption of the picture."""
        return caption(document, bundle)

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


def _is_shown(canvas: CanvasView, walls: Extent) -> bool:
    """True if the whole walls are on the picture, and large enough."""
    seen = canvas.current_camera().visible(canvas.width(), canvas.height())
    whole = all(seen[k] <= walls[k] and walls[k + 1] <= seen[k + 1] for k in (0, 2))
    shares = ((walls[k + 1] - walls[k]) / (seen[k + 1] - seen[k]) for k in (0, 2))
    return whole and max(shares) >= LEAST_SHOWN


def make(host: Host) -> ReflectedPanels:
    """Create the room's panels."""
    return ReflectedPanels(host)
