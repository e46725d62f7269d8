"""The left panel of the Flow room: the settings of the experiment."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from flowlab.core.document.classes import why_no_condition
from flowlab.core.document.document import Document
from flowlab.core.document.fresh import STARTS_OVER
from flowlab.core.document.glance import EDITED
from flowlab.core.document.learned import why_no_bound, why_no_latent
from flowlab.core.document.limits import also_of, entries_of, tip_of
from flowlab.core.document.network import BOTH
from flowlab.core.document.paths import Path
from flowlab.core.document.recipes import RECIPES, recipe_of, with_recipe
from flowlab.core.document.solver import DIRECTIONS, METHODS, Solver
from flowlab.core.document.training import BOUND, Training
from flowlab.core.document.view import COLOURS, FIELDS, LAYOUTS, View
from flowlab.core.views.rows import LAYERS
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import call
from flowlab.ui.base.section import Section, beside
from flowlab.ui.base.widgets import combo, heading
from flowlab.ui.flow.coupling_panel import CouplingPanel
from flowlab.ui.flow.path_panel import PathPanel
from flowlab.ui.forms.lazy_form import LazyForm
from flowlab.ui.room.controls import DOTS
from flowlab.ui.room.left import RoomLeft, why_no_raw

COLOUR_TIP = (
    "What the colour of a particle tells: how far it has come, its class, where it started, or "
    "how fast it is"
)

ELSEWHERE = "antithetic", "score_matching", "weighting"  # a path's, and a score's between walls
NOT_TOLD = "Only a conditional network is told classes: switch that on first"
NOTHING_MOVES = "Show particles or trails first: this is their colour"


class LeftPanel(RoomLeft):
    """Source, target, network, solver and layers, with Train at the bottom."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._make_network()
        self._make_solver()
        self._make_layers()
        self._lay_out()
        self._connect()
        self.show_document(document)

    # building

    def _make_network(self) -> None:
        self.recipe = combo(
            {name: name for name in (*RECIPES, "Custom")},
            "Network and recipe: how the velocity is learned",
            starts_over=True,
        )
        self.recipe.setToolTip(f"{self.recipe.toolTip()}. {STARTS_OVER}")
        call(self.recipe, also="settings of the network, defaults, hyperparameters")
        self.network = LazyForm(self.document.network, advanced=["space_features"])
        seldom = ["beta2", "decay_every", "decay_factor"]
        training_fields = [spec.name for spec in fields(Training) if spec.name not in ELSEWHERE]
        self.training = LazyForm(self.document.training, training_fields, advanced=seldom)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.network)
        column.addWidget(self.training)
        self._network_section = Section("Network and training", inner)
        self.path = PathPanel(self.document)
        self._path_section = Section("Path", self.path)
        self.coupling = CouplingPanel(self.document.coupling)
        self._coupling_section = Section("Coupling", self.coupling)

    def _make_solver(self) -> None:
        self.method = combo(METHODS, "Solver: how particles follow the velocity")
        self.method.setToolTip(f"How particles follow the velocity. {tip_of(Solver, 'method')}")
        self.fixed = LazyForm(self.document.solver, fields=["steps"])
        self.adaptive = LazyForm(self.document.solver, fields=["rtol", "atol"])
        for form in (self.fixed, self.adaptive):
            form.setProperty("needs", self.method)  # which decides whether it is shown
        self.direction = combo(DIRECTIONS, "Direction: which end the particles start from")
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.direction, self.fixed, self.adaptive):
            column.addWidget(widget)
        self._solver_section = Section("Steps", inner)

    def _make_layers(self) -> None:
        self.layers = {name: QCheckBox(title) for name, title in LAYERS.items()}
        for name, box in self.layers.items():
            box.setToolTip(tip_of(View, name))
            call(box, also_of(View, name), does=f"View.{name}")
        self.colour = combo(COLOURS, COLOUR_TIP)
        self.layout_box = combo(LAYOUTS, "Layout: both ends on one plane, or side by side")
        self.field = combo(FIELDS, "Velocity: where the flow goes at this t")
        fields = "particles", "highlighted", "trail", *DOTS
        self.view = LazyForm(self.document.view, fields=fields)
        self.seed = LazyForm(self.document, fields=["seed"])
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        for form in (self.view, self.seed):
            column.addWidget(form)
        self._view_section = Section("How many, seed", inner)

    def _lay_out(self) -> None:
        column = self.column  # at 800 px of window height, all of it is visible
        rows = QFormLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.addRow("Recipe", self.recipe)
        rows.addRow("Solver", self.method)
        column.addLayout(rows)
        sections = QVBoxLayout()
        sections.setSpacing(2)
        sections.addWidget(beside(self._path_section, self._coupling_section))
        sections.addWidget(self._network_section)
        sections.addWidget(beside(self._solver_section, self._view_section))
        column.addLayout(sections)
        column.addWidget(heading("Layers"))
        column.addLayout(self._layer_grid())
        column.addStretch(1)

    def _layer_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for i, box in enumerate(self.layers.values()):
            grid.addWidget(box, i // 2, i % 2)
        last = (len(self.layers) + 1) // 2
        rows = (
            ("Colour", self.colour),
            ("Velocity", self.field),
            ("Layout", self.layout_box),
        )
        for row, (title, words) in enumerate(rows):
            label = QLabel(title)
            label.setBuddy(words)
            grid.addWidget(label, last + row, 0)
            grid.addWidget(words, last + row, 1)
        return grid

    def _connect(self) -> None:
        for name, form in self._forms():
            form.edited.connect(lambda value, name=name: self._edit(name, value))
            form.settled.connect(self.settled)
        self.seed.edited.connect(
            lambda value: self.edited.emit(value, "Change the seed", "document")
        )
        self.seed.settled.connect(self.settled)
        self.path.edited.connect(self._edit_path)
        self.path.trained.connect(lambda value: self._edit("training", value))
        self.path.settled.connect(self.settled)
        self.coupling.edited.connect(lambda value: self._edit("coupling", value))
        self.coupling.settled.connect(self.settled)
        self.coupling.pairs_box.clicked.connect(lambda on: self._set("view", "show_pairs", on))
        self.recipe.activated.connect(self._choose_recipe)
        self._bind(self.method, "solver", "method")
        self._bind(self.direction, "solver", "direction")
        self._bind(self.layout_box, "view", "layout")
        self._bind(self.field, "view", "field")
        self._bind(self.colour, "view", "colour")
        for name, box in self.layers.items():
            box.clicked.connect(lambda on, name=name: self._set("view", name, on))

    def _forms(self) -> list[tuple[str, LazyForm]]:
        """Return each form with the part of the document that it edits."""
        solver = [("solver", self.fixed), ("solver", self.adaptive)]
        return [
            ("network", self.network),
            ("training", self.training),
            *solver,
            ("view", self.view),
        ]

    def _bind(self, box: QComboBox, part: str, name: str) -> None:
        kind = type(getattr(self.document, part))
        call(
            box,
            also_of(kind, name),
            does=f"{kind.__name__}.{name}",
            entries=entries_of(kind, name),
        )
        box.activated.connect(lambda _: self._set(part, name, box.currentData()))

    # edits

    def _edit(self, part: str, value: object) -> None:
        document = self.document.with_parts(**{part: value})
        self.edited.emit(document, f"Change {EDITED.get(part, part)}", part)

    def _edit_path(self, path: Path) -> None:
        """Edit the path; a mirror path has the target at both ends."""
        document = replace(self.document, path=path)
        if path.kind == "mirror" and self.document.path.kind != "mirror":
            document = replace(document, source=document.target)
        self.edited.emit(document, "Change path", "path")

    def _set(self, part: str, name: str, value: object) -> None:
        self.settled.emit()
        self._edit(part, replace(getattr(self.document, part), **{name: value}))
        self.settled.emit()

    def _choose_recipe(self) -> None:
        name = self.recipe.currentData()
        if name in RECIPES:
            self.settled.emit()
            self.edited.emit(with_recipe(self.document, name), f"Use {name}", "recipe")
        else:
            self._network_section.head.setChecked(True)

    # showing

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        super().show_document(document)
        self.path.show_document(document)
        self.coupling.show_coupling(document.coupling)
        self.coupling.pairs_box.setChecked(document.view.show_pairs)
        for name, form in self._forms():
            form.set_value(getattr(document, name))
        self.seed.set_value(document)
        self.network.forbid(
            "conditional", "" if document.network.conditional else why_no_condition(document)
        )
        told = document.network.conditional
        self.training.forbid("label_dropout", "" if told else NOT_TOLD)
        self.training.forbid_option("loss_weights", BOUND, why_no_bound(document))
        self.network.forbid_option("predicts", BOTH, why_no_latent(document))
        for words, key in (
            (self.recipe, recipe_of(document)),
            (self.method, document.solver.method),
            (self.direction, document.solver.direction),
            (self.layout_box, document.view.layout),
            (self.field, document.view.field),
            (self.colour, document.view.colour),
        ):
            words.setCurrentIndex(words.findData(key))
        adaptive = document.solver.method == "dopri5"
        self.fixed.setVisible(not adaptive)
        self.adaptive.setVisible(adaptive)
        for name, check in self.layers.items():
            check.setChecked(getattr(document.view, name))
        moving = document.view.show_particles or document.view.show_trails
        allow(self.colour, "" if moving else NOTHING_MOVES)
        allow(self.layers["show_raw"], why_no_raw(document))
