"""The story of one step: its equation, and the numbers of one particle."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.reflected.results import TITLES, SlowSteps, slow_steps_of
from flowlab.core.views.bundle import Bundle
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

READ = {
    "threshold": "x′ = proj(x + δ s) + √δ z: the mean is projected, so that the noise leaks.",
    "dynamic": "x̂₀ = x + σ² s is clipped at its quantile and scaled back; then the noise is added.",
    "project": "x′ = proj(x + δ s + √δ z): the whole step is projected.",
    "reflect": "x′ = refl(x + δ s + √δ z): the whole step is folded at the walls.",
}
HOW = (
    "Scrub time, or press ← and →: each step goes to the mean that the score predicts (solid), "
    "along the noise (dashed), and to where the walls let it end. δ is what σ² falls by."
)
NUMBERS = {
    "step": ("step", "Which one is shown, of all"),
    "sigma": ("σ", "Standard deviation of the noise before this step"),
    "fall": ("δ", "By how much the variance σ² falls in this step"),
    "x": ("x", "Where the particle is before the step"),
    "score": ("s", "The exact score there, ∇ log pₜ(x)"),
    "mean": ("x + δ s", "The mean of the next position that it predicts"),
    "used": ("mean used", "After thresholding, if that is the way"),
    "noise": ("√δ z", "The noise"),
    "free": ("mean + noise", "Where the step would end without walls"),
    "end": ("x′", "Where it ends"),
}


class SlowStory(Story):
    """The equation of a step, with the numbers of one particle at t."""

    def __init__(self) -> None:
        super().__init__()
        self.equation, self.how, self.numbers = words(), words("dim"), Figures(NUMBERS)
        self.particle = 0
        say(self.how, HOW)
        for widget in (
            heading("One step"),
            self.equation,
            self.how,
            heading("Its numbers"),
            self.numbers,
        ):
            self.column.addWidget(widget)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine; its first particle."""
        steps = slow_steps_of(bundle)
        say(self.equation, "" if steps is None else f"{TITLES[steps.way]}. {READ[steps.way]}")
        super().show_bundle(bundle)

    def show_particle(self, index: int) -> None:
        """Show the numbers of another particle."""
        self.particle = index
        self.renew()

    def renew(self) -> None:
        """Show the numbers of the step at t."""
        steps = slow_steps_of(self.bundle)
        known = {} if steps is None else numbers_of(steps, self.t, self.particle)
        self.numbers.show_values(**{**dict.fromkeys(NUMBERS, NONE), **known})


def numbers_of(steps: SlowSteps, t: float, particle: int) -> dict[str, str]:
    """The figures of one particle's step at t."""
    if not steps.begins.shape[1]:
        return {}
    k, _ = steps.step_at(t)
    i = min(particle, steps.begins.shape[1] - 1)
    mean, free = steps.means[k, i], steps.free[k, i]
    return {
        "step": f"{k + 1} of {steps.count}",
        "sigma": f"{math.sqrt(steps.variances[k]):.3g}",
        "fall": f"{steps.variances[k] - steps.variances[k + 1]:.3g}",
        "x": pair(steps.begins[k, i]),
        "score": pair(steps.scores[k, i]),
        "mean": pair(steps.predicted[k, i]),
        "used": pair(mean),
        "noise": pair(free - mean),
        "free": pair(free),
        "end": pair(steps.ends[k, i]),
    }


def pair(x: Floats) -> str:
    """Two coordinates in words."""
    a, b = (f"{value:z.2f}" for value in np.asarray(x, float).tolist())
    return f"({a}, {b})".replace("-", "−")
