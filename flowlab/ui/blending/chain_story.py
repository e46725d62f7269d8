"""The story of a chain: its last operation, and its limit as the steps become small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import Chain, Convergence, chain_of
from flowlab.core.estimates import Estimate, as_good_as_fresh
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.widgets import heading
from flowlab.ui.blending.narration import DEBLEND, narration
from flowlab.ui.blending.stepper import Stepper
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.equation import Equation
from flowlab.ui.room.figures import AS_GOOD, FRESH, NONE, Figures, figure
from flowlab.ui.room.story import Story, say, words

if TYPE_CHECKING:
    from flowlab.work.status import Status

COMING, NO_CHAINS = "The chains are on their way.", "There are no chains of these shapes."
STUDYING = "Chains of other N are on their way"
LINES = 3  # lines reserved for the sentence, so that the widgets below don't move
DISTANCE = {
    "slope": (
        "order, to exact path",
        "Mean distance at α = 1 between a chain of N steps and the exact ODE's path "
        "from the same start; it falls as 1/√N, which has the slope −½ on these axes",
    )
}
LAW = {
    "law": (
        "sliced W₂ to p<sub>α</sub>",
        "Distance of at most 1,000 chains to fresh blends of independent pairs, at the nearest of "
        "nine beads: a chain that does not give up has the law p_α at every α, for every N",
    ),
    "floor": (FRESH, "The same distance of other fresh blends, as many as there are chains"),
}
VARIATION = {
    "variation": (
        "quadratic variation",
        "Mean of the sum of |step|² along a chain: it is E|x₁ − x₀|² / N, so the jitter of the "
        "path is gone in the limit; with uneven steps, the sum of their squares is in place of 1/N",
    )
}
COST = {
    "step": ("tries a step", "Proposals for one pair that was accepted, mean over all steps"),
    "chain": ("tries a chain", "Proposals that a whole chain takes"),
    "gave_up": ("gave up", "Chains that found no pair within the tries they are allowed"),
}


class ChainStory(Story):
    """A sentence, the equation with numbers, two buttons, and the limit of many steps."""

    def __init__(self, stepper: Stepper) -> None:
        super().__init__()
        self.stepper, self._waiting = stepper, COMING
        self.sentence, self.equation = words(), Equation()
        self.sentence.setAccessibleName("What just happened")
        self.back, self.onwards = QPushButton("Back"), QPushButton(DEBLEND)
        self.back.setToolTip("Undo the last operation (Left)")
        self.onwards.setToolTip("The next operation (Right)")
        self.whose, self.how, self.note = words("dim"), words("dim"), words("dim")
        self.slope, self.variation = Figures(DISTANCE), Figures(VARIATION)
        self.law = Figures(LAW)
        self.far = Chart("", "N", log_x=True, log_y=True, tip=DISTANCE["slope"][1])
        self.far.setAccessibleName("Distance to the exact path against N")
        self.rough = Chart("", "1/N", log_x=True, log_y=True, tip=VARIATION["variation"][1])
        self.rough.setAccessibleName("Quadratic variation against 1/N")
        self.lesson, self.cost = heading("What rejection costs"), Figures(COST)
        for chart in (self.far, self.rough):
            chart.invite(STUDYING)
        self.tries = Chart("tries a step", "α", log_y=True, tip=COST["step"][1])
        self._lay_out()
        self.back.clicked.connect(lambda: stepper.step(-1))
        self.onwards.clicked.connect(lambda: stepper.step(1))
        stepper.moved.connect(self.renew)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.back)
        buttons.addWidget(self.onwards, 1)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.sentence.setMinimumHeight(LINES * self.sentence.fontMetrics().lineSpacing())
        column = self.column
        column.addWidget(heading("Step by step"))
        column.addWidget(self.sentence)
        column.addWidget(self.equation)
        column.addLayout(buttons)
        column.addWidget(self.whose)
        column.addWidget(self.how)
        column.addWidget(self.law)
        for widget in (self.lesson, self.tries, self.cost):
            column.addWidget(widget)
            widget.hide()
        column.addSpacing(2)
        column.addWidget(heading("As N grows"))
        for widget in (self.slope, self.far, self.variation, self.rough, self.note):
            column.addWidget(widget)

    # content

    def show_bundle(self, bundle: Bundle) -> None:
        """Show a chain and its convergence."""
        super().show_bundle(bundle)
        chain = chain_of(bundle)
        if chain is None:
            return
        click = " · click another" if bundle.points.shape[1] > 1 else ""
        say(self.whose, f"Followed chain {chain.followed:,}{click}")
        say(self.how, f"Deblending: {chain.note}." if chain.note else "")
        self._show_limit(chain.convergence, np.asarray(bundle.times, float))
        self._show_cost(chain, bundle)

    def show_status(self, status: Status) -> None:
        """Stop waiting for chains if the engine says why there are none."""
        waiting = NO_CHAINS if status.problem else COMING
        if waiting != self._waiting:
            self._waiting = waiting
            for chart in (self.far, self.rough):
                chart.invite(STUDYING if waiting == COMING else "")
            self.renew()

    def renew(self) -> None:
        """Describe the followed chain's present position."""
        now, bundle = self.stepper.position(), self.stepper.bundle
        self.tries.mark(self.t)
        if now is None or bundle is None:
            say(self.sentence, self._waiting)
            self._forget()
            self.equation.show_blend(None)
            allow(self.back, self._waiting)
            allow(self.onwards, self._waiting)
            return
        self._show_law(chain_of(bundle))
        narrated = narration(bundle, self.t, now)
        say(self.sentence, narrated.sentence)
        self.equation.show_blend(narrated.blend)
        allow(self.back, "This is the first operation of the chain" if narrated.first else "")
        allow(self.onwards, "This is the last operation of the chain" if narrated.last else "")
        if self.onwards.text() != narrated.onwards:
            self.onwards.setText(narrated.onwards)

    def _forget(self) -> None:
        """Remove the text about earlier chains."""
        if not self.whose.text():
            return
        for label in (self.whose, self.how):
            say(label, "")
        for widget in (self.lesson, self.tries, self.cost):
            widget.hide()
        self.tries.show_curves()
        self.cost.show_values(**dict.fromkeys(COST, NONE))
        self._show_law(None)
        self._show_limit(None, np.array([0.0, 1.0]))

    def _show_law(self, chain: Chain | None) -> None:
        if chain is None or chain.marginals is None:
            self.law.show_values(law=NONE, floor=NONE)
            self.law.explain(law="")
            return
        distance, fresh, spread = chain.marginals.at(self.t)
        good = as_good_as_fresh(distance, fresh, spread)
        note = f"{AS_GOOD.capitalize()}: less than two deviations above them." if good else ""
        self.law.show_values(law=figure(distance), floor=figure(fresh))
        self.law.explain(law=note)

    def _show_limit(self, convergence: Convergence | None, alphas: Floats) -> None:
        square = float(np.square(np.diff(alphas)).sum())  # 1 / N for N even steps
        self.far.mark(len(alphas) - 1)
        self.rough.mark(square)
        if convergence is None:
            for chart in (self.far, self.rough):
                chart.show_curves()
            self.slope.show_values(slope=NONE)
            self.variation.show_values(variation=NONE)
            say(self.note, "")
            return
        n = np.asarray(convergence.steps, float)
        rule = "exact"
        self.far.show_curves(
            Curve("slope −½", n, _rule(n, convergence.distance, -0.5), rule, dashed=True),
            Curve("chains", n, convergence.distance, "text", convergence.error, dotted=True),
        )
        self.rough.show_curves(
            Curve("slope 1", 1 / n, _rule(n, convergence.variation, -1.0), rule, dashed=True),
            Curve(
                "chains",
                1 / n,
                convergence.variation,
                "text",
                convergence.variation_error,
                dotted=True,
            ),
        )
        known, order = np.isfinite(convergence.order), figure(convergence.order)
        self.slope.show_values(slope=order.replace("-", "−") if known else NONE)
        self.variation.show_values(variation=figure(_variation(convergence, square)))
        for chart in (self.far, self.rough):
            chart.setAccessibleDescription(chart.words())
        say(self.note, convergence.note)

    def _show_cost(self, chain: Chain, bundle: Bundle) -> None:
        by_rejection = self.document.blending.deblend != "exact" and len(chain.tries) > 0
        for widget in (self.lesson, self.tries, self.cost):
            widget.setVisible(by_rejection)
        if not by_rejection:
            return
        alphas = np.asarray(bundle.times[:-1], float)
        self.tries.show_curves(Curve("", alphas, chain.tries, "warn", dotted=len(alphas) < 40))
        self.tries.setAccessibleDescription(self.tries.words())
        count = bundle.points.shape[1]
        self.cost.show_values(
            step=f"{np.nanmean(chain.tries):,.1f}",
            chain=f"{np.nansum(chain.tries):,.0f}",
            gave_up=f"{chain.unfinished:,} of {count:,}",
        )

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        for widget in (self.equation, self.far, self.rough, self.tries):
            widget.set_theme(theme)


def _variation(convergence: Convergence, square: float) -> Estimate:
    """The variation of chains whose steps have that sum of squares, between the studied ones."""
    n = np.log(np.asarray(convergence.steps, float))
    values = np.asarray(convergence.variation, float)
    value = float(np.exp(np.interp(-np.log(square), n, np.log(values))))
    relative = np.interp(-np.log(square), n, convergence.variation_error / values)
    return Estimate(value, value * float(relative))


def _rule(n: Floats, values: Floats, power: float) -> Floats:
    """The law c N^power through the larger half of the values."""
    positive = np.isfinite(values) & (values > 0)
    positive[: len(n) // 2] = False
    if not positive.any():
        return np.full(len(n), np.nan)
    c = np.exp(np.mean(np.log(values[positive]) - power * np.log(n[positive])))
    law: Floats = c * n**power
    return law
