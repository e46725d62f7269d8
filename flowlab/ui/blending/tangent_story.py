"""The story of a tangent field: errors of estimate and network, and the cell under the cursor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.core.document.document import Document
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.scene.blending.tangent_figures import Vector, card_says_note, tangent_at
from flowlab.ui.base.widgets import heading
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.equation import digits
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import Place, Story, say, words

DEFINITION = "D(x, α) = E[x₁ − x₀ | x<sub>α</sub> = x]: the mean over all pairs that blend into x."
TIP = (
    "Root mean square distance to the exact field, weighted by p_α, relative to its rms speed: a "
    "sum over all cells of the field that is shown, so that it has no sampling error of its own"
)
ERRORS = {
    "estimate": ("averaged, error", TIP),
    "noise": (
        "expected of its samples",
        "What the standard errors of the cells let one expect: other samples give an error near "
        "this one, now above and now below it",
    ),
    "turned": ("averaged, angle", "Median angle between the averaged and the exact direction"),
    "learned": ("learned, error", TIP),
    "learned_turned": ("learned, angle", "Median angle between learned and exact direction"),
}
CELL = {
    "count": ("pairs in the cell", "How many of all pairs blend into the cell under the cursor"),
    "error": ("standard error", "Of the mean over those pairs, as a length"),
    "estimate": ("averaged", "Direction as a polar angle, and speed"),
    "exact": ("exact", "Direction as a polar angle, and speed"),
    "learned": ("learned", "Direction as a polar angle, and speed"),
}
COMING = "The field is on its way"
HINT = "Point at the field: what its cell holds is told here."


class TangentStory(Story):
    """Errors at t and against t, and the values under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.errors, self.cell = Figures(ERRORS), Figures(CELL)
        self.chart = Chart("", "α", tip=TIP)
        self.chart.invite(COMING)
        self.chart.setAccessibleName("Errors of the fields against α")
        self.note, self.hint = words("dim"), words("dim")
        self.place: Place | None = None
        definition = words()
        say(definition, DEFINITION)
        say(self.hint, HINT)
        for widget in (
            heading("Tangent field"),
            definition,
            heading("Against the exact field"),
            self.errors,
            self.chart,
            self.note,
            heading("Under the cursor"),
            self.cell,
            self.hint,
        ):
            self.column.addWidget(widget)

    @property
    def tangents(self) -> Tangents | None:
        """The fields that are shown."""
        return tangents_of(self.bundle)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show the fields of all alphas."""
        self._show_chart(tangents_of(bundle))
        super().show_bundle(bundle)
        self._show_note()

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self._show_note()

    def _show_note(self) -> None:
        """Say how the exact field is known, or why it isn't, unless the picture says it."""
        tangents, bundle = self.tangents, self.bundle
        if tangents is None or bundle is None:
            say(self.note, "")
            return
        there = card_says_note(tangents, self.document.blending)
        say(self.note, "" if there else tangents.note or bundle.exact_note)

    def _show_chart(self, tangents: Tangents | None) -> None:
        if tangents is None:
            self.chart.invite(COMING)
            self.chart.show_curves()
            return
        known, times = tangents.errors or {}, tangents.estimate.times
        inks = {"noise": "dim", "estimate": "text", "learned": "learned"}
        names = {"noise": "expected", "estimate": "averaged", "learned": "learned"}
        self.chart.show_curves(
            *(
                Curve(names[name], times, _finite(known[name]), ink, dashed=name == "noise")
                for name, ink in inks.items()
                if name in known and np.isfinite(known[name]).any()
            )
        )
        if not self.chart.curves:
            self.chart.invite("No exact field to compare with")  # the note below says why

    def renew(self) -> None:
        """Show the figures at t."""
        self.chart.mark(self.t)
        tangents = self.tangents
        if tangents is None:
            self.errors.show_values(**dict.fromkeys(ERRORS, NONE))
            self._show_cell(None)
            return
        times = tangents.estimate.times
        errors, angles = (
            _at(curves, times, self.t) for curves in (tangents.errors, tangents.angles)
        )
        self.errors.show_values(
            estimate=_percent(errors.get("estimate")),
            noise=_percent(errors.get("noise")),
            turned=_angle(angles.get("estimate")),
            learned=_percent(errors.get("learned")),
            learned_turned=_angle(angles.get("learned")),
        )
        self._show_cell(tangents)

    def show_place(self, place: Place | None) -> None:
        """Show the cell under the cursor; without a cursor, the last cell stays."""
        if place is None:
            return
        self.place = place
        if self.tangents is not None:
            self._show_cell(self.tangents)

    def _show_cell(self, tangents: Tangents | None) -> None:
        reading = None
        if tangents is not None and self.place is not None:
            reading = tangent_at(tangents, self.t, *self.place)
        say(self.hint, HINT if reading is None else "")
        if reading is None:
            self.cell.show_values(**dict.fromkeys(CELL, NONE))
            return
        self.cell.show_values(
            count=f"{reading.count:,}",
            error=figure(reading.stderr),
            estimate=_vector(reading.estimate),
            exact=_vector(reading.exact),
            learned=_vector(reading.learned),
        )

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.chart.set_theme(theme)


def _at(known: Mapping[str, Floats] | None, times: Floats, t: float) -> dict[str, float]:
    """The value of each curve at t."""
    return {name: float(np.interp(t, times, values)) for name, values in (known or {}).items()}


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _percent(value: float | None) -> str:
    return NONE if value is None or not np.isfinite(value) else f"{100 * value:.1f} %"


def _angle(value: float | None) -> str:
    return NONE if value is None or not np.isfinite(value) else f"{value:.2f}°"


def _vector(vector: Vector | None) -> str:
    """Direction and speed in words."""
    if vector is None:
        return NONE
    return f"{vector.degrees:.0f}°, {digits(vector.speed)}".replace("-", "−")
