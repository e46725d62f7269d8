"""The story of the bound: its terms, how far it is from -log p, and its other form."""

from __future__ import annotations

import numpy as np

from flowlab.core.diffusion.elbo_results import Elbo, ElboForms, forms_of
from flowlab.core.estimates import plain, to_error, typeset
from flowlab.scene.base.style import Theme
from flowlab.scene.diffusion.elbo import DIGITS, INKS, term_words
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.level_figures import LevelFigures
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

READ = (
    "−log p(x₁) of the data is at most a sum over the chain: what is lost in the last step to the "
    "data (reconstruction), what is left of them in the noise (prior matching), and for every step "
    "between the KL divergence of the true posterior q(xₖ₋₁ | xₖ, x₁) to the model’s step "
    "(denoising matching). Steps near the data cost most: bars are on a logarithmic axis. A term "
    "below 0, as of a density above 1, is hatched."
)
GAP = (
    "The gap depends on the variance of the model’s steps. Where data and noise are N(0, I) and "
    "the exact noise is predicted, σ̃² leaves 0.465 nats a dimension at T = 1,000 and 0.741 at "
    "T = 300, nearly all of it in the first steps from the data; β or the optimal variance next to "
    "none. Of a network, what it has not learned adds to that."
)
FORMS = (
    "The first form compares the forward step with the model’s step at three points of one path. "
    "As texts print it, with KL(q(xₖ | xₖ₋₁) ‖ p(xₖ | xₖ₊₁)), it has not the same mean, "
    "since xₖ depends on xₖ₊₁ too: what is shown is the mean of log q − log p. Both sums have "
    "the same mean, but single draws of the first are spread far wider; that is why training uses "
    "the second."
)
UNIT = (
    "Of the data in units of the noise, as the chain sees them. In the target’s own units −log p "
    "and the bound are {} nats {}; the gap is the same."
)
LEAST_NATS = 5e-3
CHART = "Standard deviation of each step’s term from draw to draw, against t; the line marks t"
_SINGLE = "The standard deviation of the whole sum from one draw of data and noise to the next"
BOUND = {
    "reconstruction": ("reconstruction", "−log N(x₁; μ(x at k = 1), β₁ I), mean over the data"),
    "matching": ("denoising matching", "The sum of all steps from k = 2 to T"),
    "prior": ("prior matching", "KL of the noised data at k = T, given the data, to N(0, I)"),
    "total": ("bound", "The sum of these: no model has a smaller −log p than the data’s own"),
    "exact": ("−log p, exact", "Of the same data, by the target’s own density"),
    "gap": ("gap", "Bound minus −log p, over the same data; below 0 only by chance"),
    "each": ("gap a dimension", "Half of it: the plane has two"),
}
FIRST = {
    "second": ("second form", "With one matching term a step; as above"),
    "first": ("first form", "With consistency terms; other noise for the same data"),
    "spread": ("spread of the second", _SINGLE),
    "wide": ("spread of the first", _SINGLE),
}
NO_FORM = "The first form follows: this is a quick answer from a few data points."


class ElboStory(TrainedStory):
    """The term at t, all terms and their sum, and both forms beside each other."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.gap, self.forms = words(), words(), words()
        self.now, self.why, self.quick = words(), words("dim"), words("dim")
        self.level, self.bound, self.both = LevelFigures(), Figures(BOUND), Figures(FIRST)
        self.chart = Chart("spread, nats", "t", log_y=True, tip=CHART, height=150)
        self._drawn: ElboForms | None = None
        for widget in (
            heading("The bound, nats"),
            self.bound,
            self.why,
            self.read,
            heading("Noise level now"),
            self.level,
            self.now,
            heading("The gap"),
            self.gap,
            heading("Two forms"),
            self.both,
            self.quick,
            self.chart,
            self.forms,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        for label, sentence in (
            (self.read, READ), (self.gap, GAP), (self.forms, FORMS),
            (self.now, ""), (self.why, ""), (self.quick, ""),
        ):  # fmt: skip
            say(label, sentence)

    def renew(self) -> None:
        """Show the step at t, and all else once for each bundle."""
        forms = forms_of(self.bundle)
        if forms is not self._drawn:
            self._drawn = forms
            self.bound.show_values(**{**dict.fromkeys(BOUND, NONE), **bound_words(forms)})
            self.both.show_values(**{**dict.fromkeys(FIRST, NONE), **form_words(forms)})
            self.chart.show_curves(*curves(forms))
            say(self.why, "" if forms is None else forms.why_unknown or unit_words(forms))
            say(self.quick, NO_FORM if forms is not None and forms.first is None else "")
        self.level.show_level(None if forms is None else forms.schedule, self.t)
        say(self.now, "" if forms is None else term_words(forms, self.t))
        self.chart.mark(self.t)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        self.chart.set_theme(theme)
        names = ("reconstruction", "matching", "prior", "total", "exact")
        self.bound.set_dots(**{name: getattr(theme, INKS[name]) for name in names})


def unit_words(forms: ElboForms) -> str:
    """What the data's unit adds to every -log p; empty where it is that of the target."""
    if abs(forms.volume) < LEAST_NATS:
        return ""
    side = "more" if forms.volume > 0 else "less"
    return UNIT.format(f"{abs(forms.volume):.3g}", side)


def bound_words(forms: ElboForms | None) -> dict[str, str]:
    """The figures of `BOUND` in words; none without a bound."""
    if forms is None:
        return {}
    found = forms.second
    values = {
        "reconstruction": found.reconstruction,
        "matching": found.matched,
        "prior": found.prior,
        "total": found.total,
        "exact": found.exact,
        "gap": found.gap,
        "each": forms.gap_per_dimension,
    }
    return {name: typeset(figure(value, DIGITS)) for name, value in values.items()}


def form_words(forms: ElboForms | None) -> dict[str, str]:
    """The figures of `FIRST` in words; none without a bound."""
    if forms is None:
        return {}
    known = {"second": figure(forms.second.total), "spread": plain(forms.second.total_deviation)}
    if forms.first is None:
        return known
    first = forms.first
    total = to_error(first.total, first.total.error, DIGITS, fine=True)
    return {**known, "first": total, "wide": plain(first.total_deviation)}


def curves(forms: ElboForms | None) -> list[Curve]:
    """The spread of each step's terms in both forms, against t."""
    if forms is None:
        return []
    second = _spread(forms, forms.second, "second", "matching")
    return [second] if forms.first is None else [
        second, _spread(forms, forms.first, "first", "first")
    ]  # fmt: skip


def _spread(forms: ElboForms, found: Elbo, name: str, ink: str) -> Curve:
    times = 1 - found.step[::-1] / forms.schedule.T
    positive = np.where(found.deviation > 0, found.deviation, np.nan)  # on a logarithmic axis
    return Curve(name, times, positive[::-1], INKS[ink])
