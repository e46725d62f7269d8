"""The controls of each view of the reflected room, by its name."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.ui.reflected.controls import (
    BothWaysControls,
    GuidanceControls,
    HeatControls,
    LikelihoodControls,
    SamplingControls,
    SlowControls,
    TimePlaneControls,
    TonesControls,
    WallControls,
    WaysControls,
)
from flowlab.ui.reflected.flow_controls import FlowControls
from flowlab.ui.reflected.score_controls import ScoreControls
from flowlab.ui.room.controls import Controls

CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "reflected_motion": WallControls,
    "reflected_time_plane": TimePlaneControls,
    "ways_to_stay": WaysControls,
    "reflected_sampling": SamplingControls,
    "forward_and_reverse": BothWaysControls,
    "flow_between_walls": FlowControls,
    "wall_score": ScoreControls,
    "step_in_walls": SlowControls,
    "heat_kernel": HeatControls,
    "wall_tones": TonesControls,
    "wall_likelihood": LikelihoodControls,
    "guidance_in_walls": GuidanceControls,
}
