"""The controls of the view of conditions: the class, and whether the network is given it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from flowlab.core.document.classes import classes_of, nearest_class, why_no_condition
from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.core.document.fresh import STARTS_OVER
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.controls import KeyKeeper
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.class_chips import ClassChips
from flowlab.ui.room.controls import Controls
from flowlab.ui.room.story import say, words

TOLD = (
    "The class of the target point is given to the network: it learns one flow for each class. "
    f"{STARTS_OVER}"
)
NO_CLASSES = "The target has no classes."
EXACT = "Carried by the exact flow of the class in place of the network's, where it is known"


class ConditionControls(Controls):
    """The classes as chips, the two switches, and the number of points."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.chips = ClassChips()
        self.why = words("dim")
        self.conditional = _check("Conditional network", TOLD)
        self.exact = _check("Exact flow", EXACT)
        for widget in (heading("Condition"), self.chips, self.why, self.conditional, self.exact):
            self.column.addWidget(widget)
        self.add_form("view", "particles")
        self.add_more("conditions")
        self.chips.chosen.connect(self._choose)
        self.conditional.clicked.connect(self._tell)
        self.exact.clicked.connect(self._show_exact)
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why no class can be chosen."""
        super().show_document(document)
        known, why = classes_of(document.target), why_no_condition(document)
        condition = document.view.condition
        chosen = nearest_class(known, condition) if known else condition
        self.chips.show_classes(known, chosen, document.target)
        self.chips.setVisible(bool(known))
        say(self.why, why if known else NO_CLASSES)  # the panel of results says what to do
        on = document.network.conditional
        self.conditional.setChecked(on)
        allow(self.conditional, "" if on else why)  # what is on can always be switched off
        if on and why:
            self.conditional.setToolTip(why)
        unknown = why_none(document)
        self.exact.setChecked(document.view.shows == "exact" and not unknown)
        allow(self.exact, unknown or ("" if known else why))

    def _choose(self, label: int) -> None:
        view = replace(self.document.view, condition=label)
        self._take(replace(self.document, view=view), "Choose a condition", "condition")

    def _tell(self, on: bool) -> None:
        network = replace(self.document.network, conditional=on)
        self._take(replace(self.document, network=network), "Change network", "network")

    def _show_exact(self, on: bool) -> None:
        view = replace(self.document.view, shows="exact" if on else "learned")
        self._take(replace(self.document, view=view), "Change what is shown", "shows")

    def _take(self, document: Document, text: str, key: str) -> None:
        self.settled.emit()
        self.edited.emit(document, text, key)
        self.settled.emit()


def _check(title: str, tip: str) -> QCheckBox:
    box = QCheckBox(title)
    box.setToolTip(tip)
    KeyKeeper(box, [Qt.Key.Key_Space])
    return box
