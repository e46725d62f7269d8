"""The story of the strips: noise step by step, or in one jump, and the way back."""

from __future__ import annotations

import numpy as np

from flowlab.core.diffusion.results import jump_of, strips_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.captions import MUCH
from flowlab.ui.diffusion.level_figures import START, LevelFigures
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

FORWARD = (
    "Above, data are noised a little at each level, x′ = √(1 − β) x + √β z, and end as noise at "
    "the left. Below, noise is carried back to the data at the right. At one level both rows are "
    "to look alike."
)
JUMP = (
    "The line is the way of one point. How it gets to a level doesn't matter: given its data x₁ it "
    "lies there with mean a x₁ and the noise's spread b, in one jump. The green ellipse is that "
    "law, two standard deviations wide. Point at another particle to follow it instead."
)
ROWS = {
    "mean": ("mean given x₁", "Where a jump from its data to this t puts the first point"),
    "spread": ("spread given x₁", "The standard deviation of that jump along each axis"),
}


class StripStory(Story):
    """What both rows show, and the first point's jump to t."""

    def __init__(self) -> None:
        super().__init__()
        self.forward, self.jump, self.start = words(), words(), words("warn")
        self.level, self.law = LevelFigures(), Figures(ROWS)
        for widget in (
            heading("There and back"),
            self.forward,
            heading("Noise level now"),
            self.level,
            self.start,
            heading("In one jump"),
            self.jump,
            self.law,
        ):
            self.column.addWidget(widget)
        say(self.forward, FORWARD)
        say(self.jump, JUMP)
        say(self.start, "")

    def renew(self) -> None:
        """Show the level and the first point's law at t."""
        strips = strips_of(self.bundle)
        schedule = None if strips is None else strips.schedule
        self.level.show_level(schedule, self.t)
        left = 0.0 if schedule is None else schedule.left
        say(self.start, START.format(left) if left > MUCH else "")
        jump = None if strips is None else jump_of(strips.forward)
        if strips is None or jump is None or not strips.forward.count:
            self.law.show_values(mean=NONE, spread=NONE)
            return
        mean, root = jump.at(strips.forward.at(1.0)[0], self.t)
        x, y = np.sqrt(np.diag(root @ root))
        self.law.show_values(
            mean=f"({mean[0]:.2f}, {mean[1]:.2f})".replace("-", "−"), spread=f"{x:.2f}, {y:.2f}"
        )
