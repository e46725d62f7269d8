"""The controls of the characteristics: their points, the cell, and the flow's own settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from flowlab.core.document.document import Document
from flowlab.core.stochastic.settings import CURVES
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.widgets import heading
from flowlab.ui.stochastic.curve_story import why_no_cell
from flowlab.ui.stochastic.exact_controls import ExactControls

CELL = ("show_cell", "cell_x", "cell_y", "cell_size")
ONLY_ONE = "There is only this curve: put another one down first, by a click on the picture"
AS_THEY_WERE = "These are the curves of a new document"


class CurveControls(ExactControls):
    """Controls for the curves, for the cell, and for the particles."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.classes = self.add_class_choice()
        self.column.addWidget(heading("Curves"))
        self.remove = _button("Remove", "Remove the chosen curve", self._remove)
        self.again = _button("Default", "Put the curves of a new document down", self._again)
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addWidget(self.again)
        self.column.addWidget(self.exact)
        self.column.addLayout(row)
        self.column.addWidget(heading("Cell"))
        self.cell = self.add_form("stochastic", *CELL)
        self.column.addWidget(heading("Particles"))
        self.add_form("solver", "method", "steps")
        self.add_form("view", "particles", "colour")
        self.points = self.add_form("stochastic", "curves")
        self.add_more("characteristics")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        super().show_document(document)
        self.classes.show_document(document, whole=self.exact.isChecked())
        curves = document.stochastic.curves
        allow(self.remove, ONLY_ONE if len(curves) == 1 else "")
        allow(self.again, AS_THEY_WERE if curves == CURVES else "")
        for name in CELL:
            self.cell.forbid(name, why_no_cell(document))

    def _remove(self) -> None:
        settings = self.document.stochastic
        chosen = min(settings.curve, len(settings.curves) - 1)
        rest = tuple(point for k, point in enumerate(settings.curves) if k != chosen)
        self._take("Remove a curve", curves=rest, curve=max(0, chosen - 1))

    def _again(self) -> None:
        self._take("Put the default curves down", curves=CURVES, curve=0)

    def _take(self, words: str, **changes: Any) -> None:
        stochastic = replace(self.document.stochastic, **changes)
        self.settled.emit()
        self.edited.emit(replace(self.document, stochastic=stochastic), words, "curves")
        self.settled.emit()


def _button(title: str, tip: str, act: Any) -> QPushButton:
    button = QPushButton(title)
    button.setToolTip(tip)
    button.clicked.connect(lambda: act())
    return button
