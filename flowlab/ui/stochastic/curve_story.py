"""The story of the characteristics: the density along one of them, and the flow through a cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.core.stochastic.cell import Balance
from flowlab.core.stochastic.curves import Characteristics, characteristics_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import NONE, TRAINING, Figures, training_notes, training_words
from flowlab.ui.room.loss_place import LossPlace
from flowlab.ui.room.story import Story, say, words

if TYPE_CHECKING:
    from flowlab.ui.stochastic.flux_bars import FluxBars
    from flowlab.work.status import Status

HINT = "Click puts a curve down at this t. Drag its ring or its head, or the cell and its corners."
ALONG = (
    "Along a curve dX/dt = b the continuity equation reads d/dt log ρ<sub>t</sub>(X<sub>t</sub>) = "
    "−∇·b, so log ρ<sub>t</sub> = log ρ<sub>0</sub> − ∫ ∇·b ds."
)
CURVE = {
    "log": ("log ρ<sub>t</sub>(X<sub>t</sub>)", "From the start's density and the divergence"),
    "change": ("since t = 0", "log ρₜ(Xₜ) − log ρ₀(X₀), minus the integral of the divergence"),
    "known": (
        "exact log p<sub>t</sub>",
        "Of the exact flow at the same place. With the exact velocity both agree",
    ),
}
NO_START = "The source's density isn't known: its change since t = 0 is drawn."
OUTSIDE = "This curve starts where the source has no density."
CELL = "The mass of the cell changes by what flows in: d/dt ∫ p<sub>t</sub> = −∮ p<sub>t</sub> b·n."
BALANCE = {
    "mass": ("mass in the cell", "The integral of the exact pₜ over the cell"),
    "rate": ("its change d/dt", "Of the mass in the cell, a share of all mass per unit of t"),
    "total": ("flows in", "Minus the outward flux pₜ b·n, integrated along all four sides"),
    "residual": (
        "difference",
        "Change minus inflow: by how much b violates the continuity equation",
    ),
    "quadrature": (
        "of quadrature",
        "The same difference with the exact velocity, which has none: the error of the integrals",
    ),
}
NO_CELL = "Switch the cell on to see what flows through it."
ON_ITS_WAY = "The cell is on its way"
EXACT_HOLDS = "The exact velocity moves exactly the mass that p<sub>t</sub> needs."
LEARNED_HOLDS = "Here the network keeps the continuity equation as far as the quadrature tells."
VIOLATES = (
    "The network violates the continuity equation of p<sub>t</sub> here: the difference is {share} "
    "of what flows through the sides."
)
CONDITIONAL = (
    "Not for one class of a conditional network: its velocity carries that class alone, but the "
    "exact density is known only for all classes together."
)


def why_no_cell(document: Document) -> str:
    """Why the flow through a cell isn't known, in one sentence; empty if it is."""
    classes = document.network.conditional and document.view.shows != "exact"
    return why_none(document) or (CONDITIONAL if classes else "")


class CurveStory(Story):
    """The chosen curve's density, the cell's balance in bars and figures, and the training."""

    def __init__(self) -> None:
        super().__init__()
        self.hint, self.note, self.verdict = words("dim"), words("dim"), words()
        self.curve, self.balance = Figures(CURVE), Figures(BALANCE)
        self.chart = Chart("log ρ", "t", tip=CURVE["log"][1])
        self.chart.setAccessibleName("Log density along the chosen curve against t")
        self.chart.invite("The curves are on their way")
        self.bars = BarsPlace()
        self.training, self.loss = Figures(TRAINING), LossPlace()
        along, cell = words(), words()
        say(self.hint, HINT)
        say(along, ALONG)
        say(cell, CELL)
        for widget in (
            heading("Along the chosen curve"),
            along,
            self.chart,
            self.curve,
            self.note,
            heading("Through the cell"),
            cell,
            self.bars,
            self.balance,
            self.verdict,
            self.hint,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)

    @property
    def found(self) -> Characteristics | None:
        """The characteristics that are shown."""
        return characteristics_of(self.bundle)

    def show_document(self, document: Document) -> None:
        """Show another choice of curve, or another cell."""
        super().show_document(document)
        self._show_chart()
        self.renew()

    def show_bundle(self, bundle: Bundle) -> None:
        """Show other curves."""
        self.bundle = bundle
        self._show_chart()
        self.renew()

    def renew(self) -> None:
        """Show the figures at t."""
        self.chart.mark(self.t)
        self._show_curve(self.found)
        self._show_balance(self.found)

    # the curve

    def _chosen(self, found: Characteristics) -> int:
        return min(self.document.stochastic.curve, found.count - 1)

    def _show_chart(self) -> None:
        found = self.found
        if found is None:
            self.chart.show_curves()
            say(self.note, "")
            return
        k = self._chosen(found)
        title, along = self._along(found, k)
        curves = [
            Curve(title, found.times, _drawable(along), "exact" if found.exact else "learned")
        ]
        if found.known is not None:
            known = _drawable(found.known[:, k])
            ink = "dim" if found.exact else "exact"
            curves.append(Curve("exact", found.times, known, ink, dashed=True))
        self.chart.show_curves(*curves, spans=((0.0, 1.0), _span(curves)))
        say(self.note, self._note(found, k))

    def _along(self, found: Characteristics, k: int) -> tuple[str, Floats]:
        """The values along a curve with their name: the log density, or only its change."""
        if np.isfinite(found.start[k]):
            return "curve", found.log_density(k)
        return "change", found.change[:, k]

    def _note(self, found: Characteristics, k: int) -> str:
        if np.isnan(found.start[k]):
            return NO_START
        return "" if np.isfinite(found.start[k]) else OUTSIDE

    def _show_curve(self, found: Characteristics | None) -> None:
        if found is None:
            self.curve.show_values(**dict.fromkeys(CURVE, NONE))
            return
        k, t = self._chosen(found), self.t
        known = None if found.known is None else found.value_at(found.known[:, k], t)
        self.curve.show_values(
            log=_signed(found.value_at(found.log_density(k), t)),
            change=_signed(found.value_at(found.change[:, k], t), plus=True),
            known=NONE if known is None else _signed(known),
        )

    # the cell

    def _show_balance(self, found: Characteristics | None) -> None:
        why = why_no_cell(self.document)
        settings = self.document.stochastic
        flow = None if found is None else found.cell
        known = flow is not None and not why and settings.show_cell
        if flow is None or not known:
            self.bars.show_balance(None, why or (ON_ITS_WAY if settings.show_cell else NO_CELL))
            self.balance.show_values(**dict.fromkeys(BALANCE, NONE))
            say(self.verdict, "")
            return
        balance = flow.at(self.t)
        exact = found is not None and found.exact
        self.bars.show_balance(balance, top=flow.largest, exact=exact)
        self.balance.show_values(**balance_words(balance))
        say(self.verdict, EXACT_HOLDS if exact else verdict(balance))

    def engine_ready(self) -> None:
        """Add the plots; pyqtgraph has been imported by now."""
        self.loss.ready()
        self.bars.ready()

    def show_status(self, status: Status) -> None:
        """Show the present loss and number of steps."""
        self.loss.show_status(status)
        self.training.show_values(**training_words(status, self.loss.drawn))
        self.training.explain(**training_notes(status, self.loss.drawn))

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        for widget in (self.loss, self.chart, self.bars):
            widget.set_theme(theme)


class BarsPlace(QWidget):
    """Stands for `FluxBars` until pyqtgraph has been imported, and is as high as they are."""

    HEIGHT = 104  # px

    def __init__(self) -> None:
        super().__init__()
        self.plot: FluxBars | None = None
        self.theme, self._balance, self._why = DARK, None, ""
        self._top, self._exact = 0.0, False
        self.setFixedHeight(self.HEIGHT)
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    _balance: Balance | None

    def ready(self) -> None:
        """Create the bars."""
        if self.plot is None:
            from flowlab.ui.stochastic.flux_bars import FluxBars

            self.plot = FluxBars(self.theme, self.HEIGHT)
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self.plot)
            self._show()

    def show_balance(
        self, balance: Balance | None, why: str = "", *, top: float = 0.0, exact: bool = False
    ) -> None:
        """Show a balance on a scale up to `top`, or why there is none."""
        self._balance, self._why, self._top, self._exact = balance, why, top, exact
        self._show()

    def _show(self) -> None:
        if self.plot is not None:
            self.plot.show_balance(self._balance, self._why, top=self._top, exact=self._exact)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)


def balance_words(balance: Balance) -> dict[str, str]:
    """The figures of `BALANCE`, in words."""
    return {
        "mass": _signed(balance.mass),
        "rate": _signed(balance.rate, plus=True),
        "total": _signed(balance.total, plus=True),
        "residual": _signed(balance.residual, plus=True),
        "quadrature": _signed(balance.quadrature, plus=True),
    }


def verdict(balance: Balance) -> str:
    """Whether a learned velocity keeps the continuity equation here, in one sentence."""
    if not math.isfinite(balance.residual):
        return ""
    if abs(balance.residual) <= max(3 * abs(balance.quadrature), 1e-6):
        return LEARNED_HOLDS
    share = abs(balance.residual) / max(sum(map(abs, balance.inflow)), 1e-300)
    return VIOLATES.format(share=f"{100 * share:.2g} %" if share < 1 else "more than all")


def _span(curves: list[Curve]) -> tuple[float, float]:
    """The range of all values, at least one unit of log density, so that little looks little."""
    values = np.concatenate([curve.ys for curve in curves])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    room = max(0.1 * (high - low), (1 - (high - low)) / 2)
    return low - room, high + room


def _drawable(values: Floats) -> Floats:
    """Infinite values as gaps."""
    return np.where(np.isfinite(values), values, np.nan)


def _signed(value: float, *, plus: bool = False) -> str:
    """Three digits behind the point, or a power of ten for what is smaller."""
    if not math.isfinite(value):
        return NONE
    if abs(value) < 1e-12:
        return "0"
    sign = "+" if plus else ""
    text = f"{value:{sign}.3f}" if abs(value) >= 5e-4 or value == 0 else f"{value:{sign}.0e}"
    return text.replace("-", "−")
