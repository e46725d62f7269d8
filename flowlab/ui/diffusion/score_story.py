"""The story of score matching: several losses, one score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowlab.core.diffusion.score_results import ENERGY, WAYS, ScoreFits, fits_of
from flowlab.core.estimates import plain, to_error, to_percent
from flowlab.scene.base.style import Theme
from flowlab.scene.diffusion.score_matching import INKS
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

READ = (
    "The score ∇ log p(x; σ) points to where noised data x₁ + σ z are denser. Nobody knows it, and "
    "yet a network s learns it from samples alone, by any of these losses: at one noise level all "
    "of them are least at the same s. Play to watch them learn: t is the share of the steps made."
)
LOSSES = (
    "Implicit: integration by parts takes the unknown score out of the squared distance to it, and "
    "leaves the divergence of s. Sliced: the same along random directions v, which is cheaper in "
    "many dimensions. Denoising: s is asked for −z/σ, the score of the noise z that was added. "
    "Noise-conditioned: the same at all levels up to 10 σ by one network, which is what annealed "
    "Langevin dynamics needs."
)
ENERGIES = (
    "The energy network learns one number f(x), and its gradient is the score. So it has no curl "
    "and is a density up to Z, which only a sum over the whole plane tells. The other four are "
    "gradients of nothing."
)
LOSS_CHART = (
    "Loss of each training in the colours of the pictures, mean over blocks of its steps; dashed: "
    "the losses of the exact score"
)
ERROR_CHART = "How far the averaged weights' score is off, relative, over noised data"
LEVELS = (
    "The first two minima differ by E|z|²/2 = 1, which no network can change. The third is of all "
    "levels."
)
_NAMES = {name: title[0].lower() + title[1:] for name, title in WAYS.items()}
_ERROR = "Learned minus exact score, root mean square over noised data, over that of the exact one"
_LOSS = "Mean over the last fifth of the steps, of the weights that aren't averaged"
_LEAST = "No score has a smaller one; with the standard error of an average over samples"
_CURL = (
    "Root mean square of ∂s_y/∂x − ∂s_x/∂y over noised data after the last step; 0 for every "
    "gradient, here to rounding in 32 bits"
)
ERRORS = {name: (title, _ERROR) for name, title in _NAMES.items()}
FINAL = {name: (title, _LOSS) for name, title in _NAMES.items()}
LEAST = {
    "implicit": ("implicit, sliced", _LEAST),
    "denoising": ("denoising, energy", _LEAST),
    "conditioned": ("noise-conditioned", _LEAST),
}
CURLS = {name: (title, _CURL) for name, title in _NAMES.items()}
ENERGY_FIGURES = {
    "log_z": ("log Z", "Of ∫ exp(f) by the trapezoidal rule, after the last step"),
    "z_error": ("Z known to", "The difference of half the nodes to all of them, relative"),
    "overlap": (
        "overlap with p(x; σ)",
        "The integral of the smaller of exp(f)/Z and the exact density: 100 % if they are equal",
    ),
}


class ScoreStory(Story):
    """Errors at t, losses over all steps beside their minima, and what the energy says."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.losses, self.energies = words(), words(), words()
        self.levels, self.now = words("dim"), words("dim")
        self.errors, self.final = Figures(ERRORS), Figures(FINAL)
        self.least = Figures(LEAST)
        self.curls, self.energy = Figures(CURLS), Figures(ENERGY_FIGURES)
        self.error_chart = Chart(
            "error", "step", log_y=True, tip=ERROR_CHART, height=130, legend=False
        )
        self.loss_chart = Chart("loss", "step", tip=LOSS_CHART, height=170, legend=False)
        for widget in (
            heading("Score matching"),
            self.read,
            heading("Off by, now"),
            self.now,
            self.errors,
            heading("Errors as they learn"),
            self.error_chart,
            heading("Losses"),
            self.loss_chart,
            self.final,
            heading("Losses of the exact score"),
            self.least,
            self.levels,
            self.losses,
            heading("Curl"),
            self.curls,
            heading("Energy"),
            self.energy,
            self.energies,
        ):
            self.column.addWidget(widget)
        for label, sentence in (
            (self.read, READ),
            (self.levels, LEVELS),
            (self.losses, LOSSES),
            (self.energies, ENERGIES),
            (self.now, ""),
        ):
            say(label, sentence)
        self._drawn: ScoreFits | None = None

    def renew(self) -> None:
        """Show the errors at t, and all else once for each bundle."""
        fits = fits_of(self.bundle)
        if fits is not self._drawn:
            self._drawn = fits
            self.error_chart.show_curves(*error_curves(fits))
            self.loss_chart.show_curves(*loss_curves(fits))
            self.final.show_values(**_texts(fits, loss_words))
            self.least.show_values(**{name: least_words(fits, name) for name in LEAST})
            self.curls.show_values(**_texts(fits, curl_words))
            self.energy.show_values(**energy_words(fits))
        self.errors.show_values(**_texts(fits, lambda f, name: error_words(f, name, self.t)))
        say(self.now, "" if fits is None else step_words(fits, self.t))
        for chart in (self.error_chart, self.loss_chart):
            chart.mark(None if fits is None else fits.step(self.t))

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.error_chart.set_theme(theme)
        self.loss_chart.set_theme(theme)
        dots = {name: getattr(theme, INKS[name]) for name in WAYS}
        for figures in (self.errors, self.final, self.curls):
            figures.set_dots(**dots)


def _texts(fits: ScoreFits | None, words_of: Callable[[ScoreFits, str], str]) -> dict[str, str]:
    return {name: NONE if fits is None else words_of(fits, name) for name in WAYS}


def step_words(fits: ScoreFits, t: float) -> str:
    """After how many steps the networks at t are."""
    return f"After {fits.step(t):,} of {fits.steps:,} steps, averaged weights."


def error_words(fits: ScoreFits, name: str, t: float) -> str:
    """The relative error of a way at t."""
    error = fits.fits[name].relative[fits.nearest(t)]
    return to_percent(error, error.error)


def loss_words(fits: ScoreFits, name: str) -> str:
    """The last loss of a way."""
    late = fits.fits[name].late
    return to_error(late, late.error).replace("-", "−", 1)


def least_words(fits: ScoreFits | None, name: str) -> str:
    """The least loss of a way."""
    if fits is None:
        return NONE
    least = fits.fits[name].least
    return to_error(least, least.error).replace("-", "−", 1)


def curl_words(fits: ScoreFits, name: str) -> str:
    """The curl of a way after the last step."""
    curl = fits.fits[name].curl
    return plain(curl) if name == ENERGY else to_error(curl, curl.error)


def energy_words(fits: ScoreFits | None) -> dict[str, str]:
    """The figures of the energy network."""
    if fits is None:
        return dict.fromkeys(ENERGY_FIGURES, NONE)
    energy = fits.energy
    return {
        "log_z": plain(energy.log_z, 4).replace("-", "−"),
        "z_error": plain(energy.z_error, 2),
        "overlap": to_percent(energy.overlap),
    }


def error_curves(fits: ScoreFits | None) -> list[Curve]:
    """The relative error of each way against the steps."""
    if fits is None:
        return []
    at = fits.steps * fits.times
    return [
        Curve(_NAMES[name], at, np.array(fit.relative), INKS[name])
        for name, fit in fits.fits.items()
    ]


def loss_curves(fits: ScoreFits | None) -> list[Curve]:
    """The losses of each way against the steps, and their minima."""
    if fits is None:
        return []
    curves = [
        Curve(_NAMES[name], fit.at, fit.losses, INKS[name]) for name, fit in fits.fits.items()
    ]
    ends = np.array([0.0, float(fits.steps)])
    for least in dict.fromkeys(float(fit.least) for fit in fits.fits.values()):
        curves.append(Curve("", ends, np.full(2, least), "dim", dashed=True))
    return curves
