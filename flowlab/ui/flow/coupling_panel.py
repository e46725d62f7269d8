"""The coupling of source and target points: kind, matching, drawn lines, reflow, and its cost."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.coupling import Coupling
from flowlab.core.document.limits import also_of
from flowlab.core.document.view import View
from flowlab.core.views.query import Reflow
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import call
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.tools.reflow_controller import UNTRAINED

if TYPE_CHECKING:
    from flowlab.ui.room.figures import Figures
    from flowlab.work.status import Status

# The fields of the coupling that apply to each kind.
ROWS = {
    "batch": ("ot", "sinkhorn", "lines"),
    "regularisation": ("sinkhorn",),
    "reach": ("lines",),
}
DRAW_TIP = (
    "Draw lines on the picture, each from where source points start to where they should go. "
    "Source points within reach of a line's start are paired, batch by batch, with the target "
    "points nearest to where the line would carry them, the closer the firmer; all others take "
    "what is left, so both distributions stay as they are"
)
REFLOW_TIP = (
    "Rectified flow: pair each source point with where the learned flow carries it, and train a "
    "fresh network on these pairs. Each generation is straighter and costs no more; what this one "
    "misses of the target, the next misses too. Undo brings the earlier pairs and weights back"
)
BEND_TIP = (
    "0 where all paths are straight, and then one step of Euler is exact: "
    "∫ E|X₁ − X₀ − dX/dt|² dt over t, how far the velocity of the particles is from that of a "
    "straight, even path between the same ends. Rectified flow calls it straightness S, though it "
    "grows with bend"
)
FIGURES = {
    "crossings": (
        "crossings",
        "How often the straight lines of two pairs cross, on average over all pairs of them; "
        "where lines cross, the velocity is a mean and paths must bend",
    ),
    "meetings": (
        "crossings, same t",
        "The same, of those crossings alone that both particles reach within 0.05 of t",
    ),
    "pair_cost": ("pair cost", "Transport cost E|x₁ − x₀|² of the pairs that are learned from"),
    "least_cost": (
        "least pair cost",
        "What the cheapest coupling of the same points costs, matched in groups of about 256: "
        "never more than the pair cost, and the same where they are paired optimally",
    ),
    "flow_cost": (
        "flow cost",
        "Transport cost E|X₁ − X₀|² of the paths that the particles take",
    ),
    "flow_least": (
        "least flow cost",
        "What the cheapest coupling of the same starts and ends of paths costs, matched in groups "
        "of 256: never more than the flow cost, and the same where it is optimal",
    ),
    "straightness": ("bend", BEND_TIP),
}


class CouplingPanel(QWidget):
    """Edits the document's coupling; created when first shown, which start-up can do without."""

    edited = Signal(object)  # Coupling
    settled = Signal()
    draw_wanted = Signal()  # start or stop drawing
    reflow_wanted = Signal()  # start or stop

    def __init__(self, coupling: Coupling) -> None:
        super().__init__()
        self.coupling = coupling
        self.forms: dict[str, LazyForm] = {}
        self.figures: Figures | None = None
        self.draw_button, self.clear_button = QPushButton("Draw lines", self), QPushButton(self)
        self.reflow_button, self.generation = QPushButton("Reflow", self), QLabel(self)
        self.pairs_box = QCheckBox("Show some pairs", self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Create the widgets, once."""
        self._ensure()
        super().showEvent(event)

    @property
    def specs(self) -> list[dataclasses.Field[Any]]:
        """The fields that have a row, known before the widgets are created."""
        specs = {spec.name: spec for spec in dataclasses.fields(Coupling)}
        return [specs[name] for name in ("kind", *ROWS)]

    def row(self, name: str) -> QWidget:
        """Return the row of a field, created if it isn't there yet."""
        self._ensure()
        return self.forms[name].row(name)

    @property
    def figure_names(self) -> dict[str, tuple[str, str]]:
        """Name and explanation of each figure, known before the widgets are created."""
        return FIGURES

    def figure_widget(self, key: str) -> QWidget:
        """Return the widget of a figure, created if it isn't there yet."""
        self._ensure()
        assert self.figures is not None
        return self.figures.figure_widget(key)

    def _ensure(self) -> None:
        """Create the widgets, once."""
        if self.figures is None:
            self._build()
            self._show()

    def _build(self) -> None:
        from flowlab.ui.room.figures import Figures

        for name in ("kind", *ROWS):
            form = self.forms[name] = LazyForm(self.coupling, fields=[name])
            form.setProperty("needs", self.forms["kind"])  # which decides whether it is shown
            form.edited.connect(self.edited)
            form.settled.connect(self.settled)
            self._column.addWidget(form)
        self.draw_button.setToolTip(DRAW_TIP)
        self.clear_button.setText("Clear")
        self.clear_button.setToolTip("Remove all lines; undo brings them back")
        self.reflow_button.setToolTip(REFLOW_TIP)
        allow(self.reflow_button, UNTRAINED)
        for button in (self.draw_button, self.reflow_button):
            button.setMinimumWidth(112)  # wide enough for its longest text
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.generation.setProperty("role", "dim")
        self.generation.setToolTip("How often the pairs have been carried by a learned flow")
        for left, right in (
            (self.draw_button, self.clear_button),
            (self.reflow_button, self.generation),
        ):
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(left, 1)
            row.addWidget(right)
            self._column.addLayout(row)
        call(self.pairs_box, also_of(View, "show_pairs"), does="View.show_pairs")
        self.pairs_box.setToolTip(
            "Straight lines between their points, with a dot at each crossing"
        )
        self._column.addWidget(self.pairs_box)
        self.figures = Figures(FIGURES)
        self._column.addWidget(self.figures)
        self.draw_button.clicked.connect(self.draw_wanted)
        self.clear_button.clicked.connect(self._clear)
        self.reflow_button.clicked.connect(self.reflow_wanted)

    def _clear(self) -> None:
        from dataclasses import replace

        self.settled.emit()
        self.edited.emit(replace(self.coupling, lines=None))
        self.settled.emit()

    # showing

    def show_coupling(self, coupling: Coupling) -> None:
        """Show the document's coupling."""
        self.coupling = coupling
        if self.figures is not None:
            self._show()

    def show_drawing(self, drawing: bool) -> None:
        """Show on the button what a click will do."""

        self.draw_button.setText("Done" if drawing else "Draw lines")

    def _show(self) -> None:
        coupling = self.coupling
        for name, form in self.forms.items():
            form.set_value(coupling)
            form.setVisible(name == "kind" or coupling.kind in ROWS[name])
        lines = 0 if coupling.lines is None else len(coupling.lines)
        self.draw_button.setVisible(coupling.kind == "lines")
        self.clear_button.setVisible(coupling.kind == "lines")
        allow(self.clear_button, "" if lines else "There are no lines yet")
        generation = coupling.generation if coupling.kind == "reflow" else 0
        self.generation.setText(f"generation {generation}")

    def show_status(self, status: Status) -> None:
        """Show the progress of a reflow, and the newest figures."""
        if self.figures is None or not self.isVisible():
            return
        share = status.progress.get(Reflow)
        words = "Reflow" if share is None else f"Cancel · {100 * share:.0f} %"
        if self.reflow_button.text() != words:
            self.reflow_button.setText(words)
        allow(self.reflow_button, "" if share is not None or status.step else UNTRAINED)
        self.figures.show_values(**{name: _text(getattr(status, name)) for name in FIGURES})


def _text(value: float | None) -> str:
    from flowlab.ui.room.figures import figure

    return figure(value)
