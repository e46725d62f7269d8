"""The controls of guidance: the class, the scale, and by what it is guided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flowlab.core.diffusion.guidance_words import NO_CLASSES, NOT_CONDITIONAL, NOT_LED
from flowlab.core.diffusion.settings import BY_FIELDS, IADB, PROCESSES, TEXT, Diffusion
from flowlab.core.document.classes import classes_of, nearest_class
from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.model_controls import ModelControls
from flowlab.ui.room.class_chips import ClassChips

GUIDANCE = ("guided_by", "guidance", "guided_from", "guided_to")
TIP = "The class of the target that is led to"
NO_INTERVAL = "There is nothing to guide beyond: γ = 1 is the class as it is."


class GuidedControls(ModelControls):
    """The class and its guidance, above one sampler."""

    view = "class_guidance"
    chosen = ("first",)

    def add_first(self) -> None:
        """Add the choice of the class, and its guidance."""
        self.column.addWidget(heading("Class y"))
        self.chips = ClassChips()
        self.chips.setToolTip(TIP)
        self.chips.chosen.connect(self._choose)
        self.column.addWidget(self.chips)
        self.guide = self.add_form("diffusion", *GUIDANCE)
        self.column.addWidget(heading("Sampler"))

    def add_equivalence(self) -> None:
        """Nothing: there is one process."""

    def processes(self, settings: Diffusion) -> Collection[str]:
        """The process that is guided."""
        return (settings.first,)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be chosen."""
        super().show_document(document)
        known, settings = classes_of(document.target), document.diffusion
        self.chips.setVisible(bool(known))
        if known:
            self.chips.show_classes(
                known, nearest_class(known, document.view.condition), document.target
            )
        for name in GUIDANCE:
            self.guide.forbid(name, "" if known else NO_CLASSES)
        for kind in (IADB, TEXT):
            self.ways.forbid_option("first", kind, NOT_LED.format(PROCESSES[kind]))
        told = document.network.conditional or self.exact.isChecked()
        self.guide.forbid_option("guided_by", BY_FIELDS, "" if told else NOT_CONDITIONAL)
        if known:
            for name in ("guided_from", "guided_to"):
                self.guide.forbid(name, NO_INTERVAL if settings.guidance == 1.0 else "")

    def take(self, part: str, value: Any) -> None:
        """Edit a part of the document; an end of the interval takes the other along."""
        if isinstance(value, Diffusion) and value.guided_from > value.guided_to:
            moved = value.guided_from != self.document.diffusion.guided_from
            both = value.guided_from if moved else value.guided_to
            value = replace(value, guided_from=both, guided_to=both)
        super().take(part, value)

    def _choose(self, label: int) -> None:
        view = replace(self.document.view, condition=label)
        self.settled.emit()
        self.edited.emit(replace(self.document, view=view), "Choose a class", "condition")
        self.settled.emit()
