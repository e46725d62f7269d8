"""The stories of the transition density, and of the tones of the walls."""

from __future__ import annotations

import numpy as np

from flowlab.core.reflected.heat_results import (
    METHODS,
    HeatMaps,
    Tones,
    heat_maps_of,
    tones_of,
    wall_likelihood_of,
)
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.scene.reflected.heat import share
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

READ = (
    "p(x | x₀) is where a particle that started at x₀ may be once noise of deviation σ was added. "
    "Mirror images of a Gaussian add up to it, few of them while σ is small. So do harmonics, few "
    "of them once σ is large: each decays as e^(−λ σ²/2). Combined is the better of both at each "
    "σ. Scrub time to see where each fails, and drag the ring, which is x₀."
)
CHART = "Greatest error of each sum with so many terms, as a share of the peak; the line marks σ"
FIGURES = {
    "sigma": ("σ", "Standard deviation of the noise, without walls"),
    "images": ("images off by", "Greatest difference from the best that is known, over the peak"),
    "harmonics": (
        "harmonics off by",
        "Greatest difference from the best that is known, over the peak",
    ),
    "doubt": ("combined good to", "Estimated error of the best that is known, over the peak"),
    "switch": ("harmonics from σ =", "Where both sums agree best: there they are exchanged"),
    "mismatch": ("differ there by", "How far both sums are apart there, as a share of the peak"),
}
TONES = (
    "Between walls without flux, noise lets every density decay as a sum of these: p = Σ cₖ φₖ "
    "e^(−λₖ τ) with τ = σ²/2. Tone 0 is the uniform law, and the smallest λ above 0 says how fast "
    "all others turn into it. A membrane with a free rim sounds with the frequencies √λ."
)
TONE_FIGURES = {
    "first": ("slowest λ", "Of the tones that decay; all else has vanished before it"),
    "half": ("halved at σ =", "Noise that halves the slowest tone: σ² = 2 ln 2 / λ"),
    "rooms": ("rooms", "Tones that don’t decay: one for each separate room"),
    "known": ("known", "How many tones are computed"),
}


class HeatStory(Story):
    """How both sums converge, and their errors at t and over all noise levels."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.figures = words(), Figures(FIGURES)
        self.chart = Chart("error", "σ", log_x=True, log_y=True, tip=CHART, height=130)
        say(self.read, READ)
        for widget in (
            heading("Transition density"),
            self.read,
            heading("Now"),
            self.figures,
            heading("Errors by noise level"),
            self.chart,
        ):
            self.column.addWidget(widget)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a bundle from the engine."""
        if bundle is not self.bundle:
            self.chart.show_curves(*error_curves(heat_maps_of(bundle)))
        super().show_bundle(bundle)

    def renew(self) -> None:
        """Show the errors at t."""
        maps = heat_maps_of(self.bundle)
        known = {} if maps is None else _figures(maps, maps.at(self.t))
        self.chart.mark(None if maps is None else float(maps.sigmas[maps.at(self.t)]))
        self.figures.show_values(**{**dict.fromkeys(FIGURES, NONE), **known})

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.chart.set_theme(theme)


def _figures(maps: HeatMaps, k: int) -> dict[str, str]:
    return {
        "sigma": f"{maps.sigmas[k]:.3g}",
        "images": share(float(maps.errors["images"][k])),
        "harmonics": share(float(maps.errors["harmonics"][k])),
        "doubt": share(float(maps.doubt[k])),
        "switch": f"{maps.switch:.3g}",
        "mismatch": share(maps.mismatch),
    }


def error_curves(maps: HeatMaps | None) -> list[Curve]:
    """The errors of both sums against sigma; what is exact to rounding is a gap."""
    if maps is None:
        return []
    order, inks = np.argsort(maps.sigmas), {"images": "source", "harmonics": "target"}
    return [
        Curve(
            METHODS[name].lower(),
            maps.sigmas[order],
            np.where(maps.errors[name] > 1e-14, maps.errors[name], np.nan)[order],
            ink,
        )
        for name, ink in inks.items()
    ]


class TonesStory(Story):
    """What the tones are, and how fast the slowest of them decays."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.figures = words(), Figures(TONE_FIGURES)
        say(self.read, TONES)
        for widget in (heading("Tones of the walls"), self.read, heading("Decay"), self.figures):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the slowest rate."""
        tones = tones_of(self.bundle)
        known = {} if tones is None else tone_figures(tones)
        self.figures.show_values(**{**dict.fromkeys(TONE_FIGURES, NONE), **known})


def tone_figures(tones: Tones) -> dict[str, str]:
    """The figures of `TONE_FIGURES`, in words."""
    slow = {"rooms": f"{tones.rooms}", "known": f"{tones.known}"}
    if not tones.slowest:
        return slow
    half = np.sqrt(2 * np.log(2) / tones.slowest)
    return {**slow, "first": f"{tones.slowest:.4g}", "half": f"{half:.3g}"}


LIKELIHOOD = (
    "log p of each point of the data: the flow takes it back to the uniform law, whose density is "
    "known, and adds up how much it spreads on its way, log p = −log |Ω| − ½ ∫ div s dσ². The data "
    "are blurred by σ₀ from the start. Where hardly any data lie, the score is not known well, and "
    "nor is log p."
)
LIKELIHOOD_FIGURES = {
    "mass": ("mass", "Integral of the flow’s density over all places that aren’t blank: 1"),
    "gap": ("mean difference", "Of both logarithms, in the mean over the data"),
}


class WallLikelihoodStory(Story):
    """How the likelihood comes about, and how well it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.figures = words(), Figures(LIKELIHOOD_FIGURES)
        say(self.read, LIKELIHOOD)
        for widget in (heading("Likelihood"), self.read, heading("Check"), self.figures):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the mass, and the difference to the density itself."""
        known = wall_likelihood_of(self.bundle)
        texts = {} if known is None else {"mass": f"{known.mass:.4f}", "gap": f"{known.gap:.3f}"}
        self.figures.show_values(**{**dict.fromkeys(LIKELIHOOD_FIGURES, NONE), **texts})
