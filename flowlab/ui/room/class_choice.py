"""Which class's velocity a view shows of a conditional network."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.document.classes import classes_of, nearest_class, why_no_condition
from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.class_chips import ClassChips

TIP = "A conditional network has a velocity for each class: this picture shows that of one class"


class ClassChoice(QWidget):
    """A chip for each class; hidden where the network isn't conditional."""

    chosen = Signal(object)  # Document

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.chips = ClassChips()
        self.chips.setToolTip(TIP)
        self.chips.chosen.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading("Class"))
        column.addWidget(self.chips)
        self.hide()

    def show_document(self, document: Document, *, whole: bool = False) -> None:
        """Show the document's classes; none where the picture is of the `whole` flow anyway."""
        self.document = document
        known = classes_of(document.target)
        asked = document.network.conditional and not whole and not why_no_condition(document)
        if asked:
            chosen = nearest_class(known, document.view.condition)
            self.chips.show_classes(known, chosen, document.target)
        self.setVisible(asked)

    def _choose(self, label: int) -> None:
        view = replace(self.document.view, condition=label)
        self.chosen.emit(replace(self.document, view=view))
