"""The story of a learned score between walls: how near it comes, and what it does at the walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.reflected.score_results import ScoreMaps, score_maps_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import NONE, TRAINING, Figures, training_notes, training_words
from flowlab.ui.room.loss_place import LossPlace
from flowlab.ui.room.story import Story, say, words

if TYPE_CHECKING:
    from flowlab.work.status import Status

READ = (
    "Noise carries data x₁ to xₜ between the walls. The mean of ∇ log p(xₜ | x₁) over all x₁ that "
    "may have become xₜ is the score s of pₜ: so the network learns σ s from such pairs alone. "
    "Each pair's ∇ log p is known from the walls' kernel. Times σ it is of one size at all t. "
    "Blank is where hardly any particle is."
)
IMPLICIT = (
    "Noise carries data x₁ to xₜ between the walls. Of all s that are tangent to the walls on "
    "them, the score of pₜ is the one with the least E[½ |s|² + ∇·s], by integration by parts: so "
    "the network learns σ s from the points xₜ alone, and the walls’ kernel isn’t needed."
)
_MEAN = "Root mean square over the particles at t, times σ"
_WALL = (
    "The component of σ s along the walls' normal, on the walls. The exact one has none, and the "
    "network's is taken away on the walls"
)
_FREE = "The same of what the network says before that"
FIGURES = {
    "sigma": ("σ", "Standard deviation of the noise"),
    "error": ("off by", f"{_MEAN}, of learned minus exact score"),
    "size": ("exact", f"{_MEAN}, of the exact score: what a network would miss that says 0"),
}
WALLS = {
    "mean": ("in the mean", _WALL),
    "greatest": ("at most", _WALL),
    "free_mean": ("network’s, in the mean", _FREE),
    "free_greatest": ("network’s, at most", _FREE),
}
CHART = "The error, and the exact score's size, times σ; the line marks σ"


class ScoreStory(Story):
    """Errors at t and over all noise levels, the walls, and the training."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.figures, self.walls = words(), Figures(FIGURES), Figures(WALLS)
        self.chart = Chart("σ |s − s*|", "σ", log_x=True, tip=CHART, height=120)
        self.training, self.loss = Figures(TRAINING), LossPlace()
        say(self.read, READ)
        for widget in (
            heading("Training"),
            self.loss,
            self.training,
            heading("Now"),
            self.figures,
            heading("At every noise level"),
            self.chart,
            heading("Normal to the walls"),
            self.walls,
            heading("What is learned"),
            self.read,
        ):
            self.column.addWidget(widget)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine."""
        if bundle is not self.bundle:
            self.chart.show_curves(*curves(score_maps_of(bundle)))
        super().show_bundle(bundle)

    def renew(self) -> None:
        """Show the errors at t."""
        maps = score_maps_of(self.bundle)
        known = {} if maps is None else figures_at(maps, maps.at(self.t))
        self.chart.mark(None if maps is None else float(maps.sigmas[maps.at(self.t)]))
        for figures, names in ((self.figures, FIGURES), (self.walls, WALLS)):
            figures.show_values(**{name: known.get(name, NONE) for name in names})

    def engine_ready(self) -> None:
        """Add the loss plot; pyqtgraph has been imported by now."""
        self.loss.ready()

    def show_status(self, status: Status) -> None:
        """Show the present loss and number of steps."""
        self.loss.show_status(status)
        say(self.read, IMPLICIT if status.regression.implicit else READ)
        self.training.show_values(**training_words(status, self.loss.drawn))
        self.training.explain(**training_notes(status, self.loss.drawn))

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.chart.set_theme(theme)
        self.loss.set_theme(theme)


def figures_at(maps: ScoreMaps, k: int) -> dict[str, str]:
    """The figures of `FIGURES` and `WALLS` at the k-th noise level, in words."""
    return {
        "sigma": f"{maps.sigmas[k]:.3g}",
        "error": NONE if maps.rough else f"{maps.error[k]:.3f}",
        "size": NONE if maps.rough else f"{maps.size[k]:.3f}",
        "mean": f"{maps.bounded.mean[k]:.3f}",
        "greatest": f"{maps.bounded.greatest[k]:.3f}",
        "free_mean": f"{maps.free.mean[k]:.3f}",
        "free_greatest": f"{maps.free.greatest[k]:.3f}",
    }


def curves(maps: ScoreMaps | None) -> list[Curve]:
    """The error and the exact score's size against sigma."""
    if maps is None or maps.rough:
        return []
    order = np.argsort(maps.sigmas)
    return [
        Curve("off by", maps.sigmas[order], maps.error[order], "learned"),
        Curve("exact", maps.sigmas[order], maps.size[order], "exact"),
    ]
