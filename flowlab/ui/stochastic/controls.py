"""The controls of each view of the ODE / SDE room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls
from flowlab.ui.stochastic.exact_switch import EXACT


class ProcessesControls(Controls):
    """Controls for the noise, for both solvers, and for what is drawn."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.column.addWidget(heading("SDE"))
        self.add_form("stochastic", "eps", "eps_shape", "method", "steps", "naive")
        self.column.addWidget(heading("ODE"))
        self.add_form("solver", "method", "steps")
        self.add_form("solver", "direction")
        self.exact = QCheckBox("Exact velocity")
        self.exact.setToolTip(EXACT)
        KeyKeeper(self.exact, [Qt.Key.Key_Space])
        self.exact.clicked.connect(self._show_exact)
        self.column.addWidget(self.exact)
        self.add_form("view", "particles", "highlighted", "colour")
        self.add_more("processes")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why no exact velocity can be chosen."""
        super().show_document(document)
        unknown = why_none(document)
        self.exact.setChecked(document.view.shows == "exact" and not unknown)
        allow(self.exact, unknown)

    def _show_exact(self, on: bool) -> None:
        view = replace(self.document.view, shows="exact" if on else "learned")
        self.settled.emit()
        self.edited.emit(replace(self.document, view=view), "Change what is shown", "shows")
        self.settled.emit()


def _characteristics(document: Document) -> Controls:
    from flowlab.ui.stochastic.curve_controls import CurveControls

    return CurveControls(document)


CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "processes": ProcessesControls,
    "characteristics": _characteristics,
}
