"""The story of the interpolant's pictures."""

from __future__ import annotations

import numpy as np

from flowlab.core.interpolants.schedules import schedules
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import Figures
from flowlab.ui.room.story import Story, say, words

WORDS = (
    "Each pair (x₀, x₁) is joined by xₜ = α(t) x₀ + β(t) x₁ + γ(t) z, with z standard normal. The "
    "distribution of xₜ is pₜ: that of the source at t = 0, and that of the target at t = 1. All "
    "pictures show the same pairs, and no network has a part in them."
)
WEIGHTS = {
    "alpha": ("α", "Weight of the source's point at this t"),
    "beta": ("β", "Weight of the target's point at this t"),
    "gamma": ("γ", "Weight of the latent noise at this t"),
}


class StripStory(Story):
    """What an interpolant is, and its weights at t."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.weights = words(), Figures(WEIGHTS)
        say(self.words, WORDS)
        for widget in (
            heading("The interpolant"),
            self.words,
            heading("Weights now"),
            self.weights,
        ):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the weights at t."""
        path = schedules(self.document.path, np)
        t = np.array([self.t])
        known = {name: getattr(path, name).at(t) for name in WEIGHTS}
        self.weights.show_values(**{k: f"{float(v[0]):.3f}" for k, v in known.items()})
