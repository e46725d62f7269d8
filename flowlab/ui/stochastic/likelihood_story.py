"""The story of the likelihood: its integral, its mean over target samples, and at the cursor."""

from __future__ import annotations

import math

from flowlab.core.estimates import Estimate, plain
from flowlab.core.stochastic.likelihood_results import (
    DIVERGENCE,
    HUTCHINSON,
    TRUE,
    LikelihoodMaps,
    likelihoods_of,
)
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import Place, Story, say, words

CHANGE = (
    "log p₁(x) = log p₀(X₀) − ∫ div b dt along the path that ends at x. Hutchinson's estimate "
    "takes zᵀ(∇b)z in place of div b, with z of ±1 that stays the same along its path: its mean "
    "over z is div b, and its spread falls as the root of the number of z."
)
SHARE = (
    "Of exp(log p₁). It is 1 if the grid holds all mass and resolves it, and the ODE is solved well"
)
BIASED = "Of exp of Hutchinson's estimate of log p₁, with the z drawn at each place of the grid"
WHY_NOT_1 = (
    "Hutchinson's log p₁ is right on average, its p₁ isn't: the mean of an exponential of a noisy "
    "estimate exceeds the exponential of its mean. So its integral lies above 1 on average, and "
    "nearer to 1 the more z are averaged."
)
INTEGRALS = {
    DIVERGENCE: ("exact divergence", SHARE),
    "off": ("its distance from 1", SHARE),
    HUTCHINSON: ("Hutchinson", BIASED),
}
ON_TARGET = "Mean of log p₁ over the same samples of the target, with its standard error"
MEANS = {
    DIVERGENCE: ("exact divergence", ON_TARGET),
    HUTCHINSON: ("Hutchinson", ON_TARGET),
    TRUE: ("true density", ON_TARGET),
    "gap": (
        "true − flow",
        "Mean difference, sample by sample: the Kullback–Leibler divergence of the flow's p₁ from "
        "the target, which is 0 only where both are the same",
    ),
}
CELL = {
    DIVERGENCE: ("exact divergence", "log p₁ of the cell under the cursor"),
    HUTCHINSON: ("Hutchinson", "log p₁ of the cell under the cursor"),
    "sd": ("its spread", "Standard deviation of the estimate there over the choice of its z"),
    TRUE: ("true density", "log of the target's density there"),
}
HINT = "Point at a map: log p₁ of its cell is told here."
UNKNOWN = "The target's density is not known, so there is no true one to compare with."


class LikelihoodStory(Story):
    """What is computed, how well it integrates, and how likely the target's samples are."""

    def __init__(self) -> None:
        super().__init__()
        self.integrals, self.means, self.cell = Figures(INTEGRALS), Figures(MEANS), Figures(CELL)
        self.note, self.hint, change = words("dim"), words("dim"), words()
        self.biased = words("dim")
        self.place: Place | None = None
        say(change, CHANGE)
        say(self.hint, HINT)
        say(self.biased, WHY_NOT_1)
        for widget in (
            heading("Change of variables"),
            change,
            heading("Integral over the grid"),
            self.integrals,
            self.biased,
            heading("Mean over target samples"),
            self.means,
            self.note,
            heading("Under the cursor"),
            self.cell,
            self.hint,
        ):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the figures of the maps."""
        maps = likelihoods_of(self.bundle)
        self.integrals.show_values(**dict.fromkeys(INTEGRALS, NONE) | integral_words(maps))
        self.means.show_values(**dict.fromkeys(MEANS, NONE) | mean_words(maps))
        say(self.note, note_words(maps))
        self.show_place(self.place)

    def show_place(self, place: Place | None) -> None:
        """Show the cell under the cursor; without a cursor, the last cell stays."""
        self.place = place or self.place
        maps = likelihoods_of(self.bundle)
        known = None if maps is None or self.place is None else maps.at(*self.place)
        say(self.hint, HINT if known is None else "")
        told = {} if known is None else {name: nats(value) for name, value in known.items()}
        self.cell.show_values(**dict.fromkeys(CELL, NONE) | told)


def integral_words(maps: LikelihoodMaps | None) -> dict[str, str]:
    """The integrals over the grid, in words."""
    if maps is None:
        return {}
    exact = maps.integral(DIVERGENCE)
    return {
        DIVERGENCE: f"{exact:.5f}",
        "off": plain(exact - 1, 2).replace("-", "−"),
        HUTCHINSON: f"{maps.integral(HUTCHINSON):.3g}",
    }


def mean_words(maps: LikelihoodMaps | None) -> dict[str, str]:
    """The mean log-likelihoods, in words."""
    if maps is None:
        return {}
    told = {name: _mean(value) for name, value in maps.means.items()}
    return told if maps.gap is None else {**told, "gap": _mean(maps.gap)}


def note_words(maps: LikelihoodMaps | None) -> str:
    """What else is to be said of the means."""
    if maps is None:
        return ""
    n = maps.means[DIVERGENCE].n
    if maps.missed:
        return (
            f"{maps.missed:,} of {n:,} samples come from where the source has no density: their "
            "log-likelihood is −∞."
        )
    return f"{n:,} samples." if TRUE in maps.means else f"{n:,} samples. {UNKNOWN}"


def nats(value: float) -> str:
    """A log-likelihood with two decimals."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return NONE if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def _mean(value: Estimate) -> str:
    text = nats(value) if not math.isfinite(value) else figure(value)
    return text.replace("-", "−", 1)
