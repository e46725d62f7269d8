"""The controls of points that are led to another class."""

from __future__ import annotations

from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.guided_controls import GuidedControls


class CounterfactualControls(GuidedControls):
    """How far points are noised, and the point that is followed, above the guidance."""

    view = "counterfactual"
    drawn = ("particles", "highlighted", "colour")

    def add_first(self) -> None:
        """Add the step, the noise and the point, then the class and its guidance."""
        self.add_form("diffusion", "noised_to", "noise_of_point")
        self.column.addWidget(heading("Point"))
        self.add_form("diffusion", "point_x", "point_y")
        super().add_first()
