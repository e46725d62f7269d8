"""The controls of each view of the (de)blending room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtWidgets import QLabel, QPushButton

from flowlab.core.blending.settings import MOST_STEPS, Blending
from flowlab.core.document.document import Document
from flowlab.core.document.fresh import STARTS_OVER
from flowlab.core.document.limits import Checked, number
from flowlab.core.document.recipes import recipe_of, with_recipe
from flowlab.core.document.solver import METHODS
from flowlab.core.views import registry
from flowlab.ui.base.allowed import allow
from flowlab.ui.blending.alphas import AlphasField
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.room.controls import Controls

TUTORIAL = "IADB tutorial"
MOST_REDRAWS = 10_000  # number of values of `Blending.redraw`


class BlendControls(Controls):
    """Controls for the number of lines and of blended points."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_form("blending", "pairs")
        self.add_form("view", "particles")
        self.add_more("blending")


class ChainControls(Controls):
    """Controls for the steps, how they are drawn, and what is shown beside the followed chain."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.steps = self.add_form("blending", "steps")
        self.alphas = AlphasField(document.blending)
        self.alphas.edited.connect(lambda value: self.take("blending", value))
        self.alphas.settled.connect(self.settled)
        self.column.addWidget(self.alphas)
        self.add_form("blending", "deblend", "fan", "show_others", "show_flow")
        self.redraw = QPushButton("Redraw")
        self.redraw.setToolTip(
            "The same starts with other randomness: other pairs are drawn at every step"
        )
        self.redraw.clicked.connect(self._redraw)
        self.column.addWidget(self.redraw)
        self.add_form("blending", "chains")
        self.add_more("chain", "followed")

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.alphas.show_blending(document.blending)

    def take(self, part: str, value: Any) -> None:
        """Edit a part of the document; even steps replace a list of values."""
        before = self.document.blending
        if isinstance(value, Blending) and value.steps != before.steps:
            value = replace(value, alphas=() if value.alphas == before.alphas else value.alphas)
        super().take(part, value)

    def _redraw(self) -> None:
        blending = self.document.blending
        drawn = replace(blending, redraw=(blending.redraw + 1) % MOST_REDRAWS)
        self.settled.emit()
        self.edited.emit(replace(self.document, blending=drawn), "Redraw", "redraw")
        self.settled.emit()


class TangentControls(Controls):
    """Controls for the field, its picture, and the grid it is averaged on."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.classes = self.add_class_choice()
        self.add_form("blending", "field", "picture", "show_error", "cells", "samples")
        self.add_more("tangent_field")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and its classes if the network is conditional."""
        super().show_document(document)
        self.classes.show_document(document)


@dataclass(frozen=True, kw_only=True)
class Sampler(Checked):
    """How the mapping is sampled: by Euler's method, as in the article and on the page."""

    steps: int = number(
        8,
        1,
        MOST_STEPS,
        "Steps of α",
        "Euler steps from the source to the target; a single one lands every point on the "
        "target's mean, whatever the network",
        log=True,
    )


class MappingControls(Controls):
    """Controls for the tutorial's recipe, the sampler's steps, and what is drawn."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.recipe = QPushButton("Use the tutorial's recipe")
        self.recipe.setToolTip(
            "The IADB tutorial's network (4 layers of 64, ReLU) and settings (Adam, learning rate "
            f"0.001, 256 pairs a step). {STARTS_OVER}"
        )
        self.recipe.clicked.connect(self._use_tutorial)
        self.now = _words()
        self.sampler = LazyForm(sampler_of(document))
        self.sampler.edited.connect(self._sample)
        self.sampler.settled.connect(self.settled)
        self.solver = _words()
        for widget in (self.now, self.recipe, self.sampler, self.solver):
            self.column.addWidget(widget)
        self.add_form("blending", "pairs")
        self.add_form("view", "particles", "colour")
        self.add_more("mapping")
        self.show_document(document)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        recipe = recipe_of(document)
        allow(self.recipe, "The network has this recipe already" if recipe == TUTORIAL else "")
        self.now.setText(f"Recipe: {recipe}")
        self.sampler.set_value(sampler_of(document))
        method = document.solver.method
        self.solver.setVisible(method != "euler")
        self.solver.setText(f"Now: {METHODS[method]}. The slider takes Euler's method.")

    def _use_tutorial(self) -> None:
        document = with_recipe(self.document, TUTORIAL)
        self.settled.emit()
        self.edited.emit(document, f"Use {TUTORIAL}", "recipe")
        self.settled.emit()

    def _sample(self, sampler: Sampler) -> None:
        solver = replace(self.document.solver, method="euler", steps=sampler.steps)
        self.edited.emit(replace(self.document, solver=solver), "Change solver", "solver")


def sampler_of(document: Document) -> Sampler:
    """The sampler's steps, limited to its slider's range."""
    return Sampler(steps=min(document.solver.steps, MOST_STEPS))


def _words() -> QLabel:
    label = QLabel()
    label.setProperty("role", "dim")
    label.setWordWrap(True)
    return label


def _conditions(document: Document) -> Controls:
    from flowlab.ui.blending.conditions_panel import ConditionControls

    return ConditionControls(document)


CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "blending": BlendControls,
    "chain": ChainControls,
    "tangent_field": TangentControls,
    "mapping": MappingControls,
    "conditions": _conditions,
}


def sees_network(document: Document) -> bool:
    """True if the picture shows results of a network."""
    if document.view.name == "tangent_field":
        return document.blending.field in ("learned", "beside")
    return registry.sees_network(document)
