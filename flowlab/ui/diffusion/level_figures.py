"""The figures of the noise level at t, as all views of the room have them."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.diffusion.results import Schedule
from flowlab.core.estimates import typeset
from flowlab.ui.room.figures import NONE, Figures

LEVEL = {
    "k": ("k", "The noise level at this t, of T: t = 1 − k/T"),
    "bar": ("ᾱ", "The square of the data's weight at this level, where they are shrunk at all"),
    "signal": ("weight of the data", "What the data are multiplied by, √ᾱ where variance stays"),
    "noise": ("weight of the noise", "What the noise is multiplied by, √(1 − ᾱ) there"),
    "ratio": ("signal to noise", "The ratio of both squares: SNR = ᾱ/(1 − ᾱ) where variance stays"),
    "last": ("ᾱ at k = T", "How much of the data's variance is left where samplers start"),
}
START = (
    "Samplers start at the noise alone. Yet at k = T the data’s spread is still {:.2g} times that "
    "of the noise, so that no sampler can reach the data exactly: take a longer schedule, or one "
    "that adds more noise."
)


class LevelFigures(Figures):
    """k, and the weights of data and noise at t."""

    def __init__(self) -> None:
        super().__init__(LEVEL)

    def show_level(self, schedule: Schedule | None, t: float) -> None:
        """Show the level at t; dashes without a schedule."""
        if schedule is None:
            self.show_values(**dict.fromkeys(LEVEL, NONE))
            return
        a, b = (
            float(np.interp(t, schedule.times, row)) for row in (schedule.signal, schedule.noise)
        )
        ratio = a**2 / b**2 if b > 0 else math.inf
        kept = schedule.signal[0] < 1  # otherwise noise is added to data that are never shrunk
        self.show_values(
            k=f"{schedule.k(t):,} of {schedule.T:,}",
            bar=f"{a**2:.3g}" if kept else NONE,
            signal=f"{a:.3f}",
            noise=f"{b:.3f}" if b < 10 else f"{b:.1f}",
            ratio="∞" if math.isinf(ratio) else f"{ratio:.3g}",
            last=typeset(f"{schedule.bar:.2g}") if kept else NONE,
        )
