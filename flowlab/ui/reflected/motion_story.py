"""The story of motion between walls: the walls' push, and where particles meet them."""

from __future__ import annotations

from flowlab.core.reflected.results import motion_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import Story, say, words

READ = (
    "Noise is added step by step, dX = g dB + dL: a step that would cross a wall goes on as a "
    "billiard ball does. The process runs from the data, at t = 1, to t = 0, where nothing but the "
    "uniform law is left. Rings mark where the chosen particles met a wall."
)
FIGURES = {
    "sigma": ("σ", "Standard deviation of the noise added since the data, for each coordinate"),
    "push": (
        "local time L",
        "How far the walls have pushed a particle back by now, in the mean over all of them, with "
        "its standard error: twice the depth beyond the wall at every bounce",
    ),
    "uniform": (
        "of the uniform law",
        "What it would be if particles had lain everywhere alike from the start: "
        "σ² × perimeter / (2 × area)",
    ),
}


class MotionStory(Story):
    """How the picture is read, and the walls' push on the particles at t."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.notes, self.figures = words(), words("dim"), Figures(FIGURES)
        say(self.read, READ)
        for widget in (
            heading("Between walls"),
            self.read,
            self.notes,
            heading("The walls’ push"),
            self.figures,
        ):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the figures at t."""
        motion = motion_of(self.bundle)
        say(self.notes, "" if motion is None else " ".join(motion.notes))
        if motion is None:
            self.figures.show_values(**dict.fromkeys(FIGURES, NONE))
            return
        self.figures.show_values(
            sigma=f"{motion.added(self.t) ** 0.5:.3f}",
            push=figure(motion.pushed(self.t)),
            uniform=f"{motion.uniform_push(self.t):.3f}",
        )
