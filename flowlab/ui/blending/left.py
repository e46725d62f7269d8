"""The left panel of the (de)blending room: both ends, the view, and what can be chosen in it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.icons import icon
from flowlab.ui.base.section import scrolling
from flowlab.ui.blending.controls import CONTROLS, Controls
from flowlab.ui.blending.view_switch import ViewSwitch
from flowlab.ui.flow.left_panel import WIDTH, heading, tool
from flowlab.ui.room.cards import DistributionCard
from flowlab.ui.room.side_panel import SidePanel

VIEWS = {
    "blending": ("Blend", "Random pairs (x₀, x₁), and the cloud of their blends x_α between them"),
    "chain": ("Chain", "Blend, deblend, blend …: step by step from the source to the target"),
    "tangent_field": ("Tangent field", "The mean of x₁ − x₀ over all pairs through each point"),
    "mapping": ("Mapping", "Where a network that has learned the tangent field carries each start"),
    "conditions": (
        "Conditions",
        "Several generations for one class, beside the target's own points",
    ),
}


class BlendingLeft(SidePanel):
    """Source, target, views and controls; at its foot, Train, where a network is seen."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document, self.theme = document, DARK
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.source = DistributionCard("source", "p₀")
        self.target = DistributionCard("target", "p₁")
        titles = {key: title for key, (title, _) in VIEWS.items()}
        self.views = ViewSwitch(titles, {key: tip for key, (_, tip) in VIEWS.items()})
        self.controls: dict[str, Controls] = {}  # made when their view is first shown
        self.foot = self._make_foot()
        self._lay_out()
        self._connect()
        self.show_document(document)

    def _make_foot(self) -> QWidget:
        self.train_button = QPushButton("Train")
        self.train_button.setObjectName("primary")
        self.train_button.setToolTip("Train or pause (T)")
        self.step_button = tool("One training step, then pause (Shift+T)")
        self.reset_button = tool("Reset: fresh weights, same experiment")
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 10)
        row.setSpacing(8)
        row.addWidget(self.train_button, 1)
        row.addWidget(self.step_button)
        row.addWidget(self.reset_button)
        return foot

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        area = scrolling(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 4)
        column.setSpacing(8)
        for widget in (self.source, self.target, heading("View"), self.views):
            column.addWidget(widget)
        self.place = QVBoxLayout()
        column.addSpacing(2)
        column.addLayout(self.place)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addWidget(self.foot)

    def _connect(self) -> None:
        for role, card in (("source", self.source), ("target", self.target)):
            card.choose.connect(lambda role=role: self.choose.emit(role))
            card.draw.connect(lambda role=role: self.draw.emit(role))
            card.edited.connect(lambda shape, role=role: self._edit_shape(role, shape))
            card.settled.connect(self.settled)
        self.views.chosen.connect(self.choose_view)
        self.train_button.clicked.connect(self.train)
        self.step_button.clicked.connect(self.step)
        self.reset_button.clicked.connect(self.reset)

    def _edit_shape(self, role: str, shape: object) -> None:
        self.edited.emit(self.document.with_parts(**{role: shape}), f"Change {role}", role)

    def choose_view(self, name: str) -> None:
        """Show another view of the room; going to and fro is one undo step."""
        view = replace(self.document.view, name=name)
        self.edited.emit(replace(self.document, view=view), f"Show {VIEWS[name][0]}", "view name")

    def show_document(self, document: Document) -> None:
        """Show what was chosen, with the controls of its view alone."""
        self.document = document
        name = document.view.name
        self.source.show_shape(document.source)
        self.target.show_shape(document.target)
        self.views.show_choice(name)
        self.foot.setVisible(sees_network(document))
        if name in CONTROLS and name not in self.controls:
            self._make_controls(name)
        for key, controls in self.controls.items():
            if key == name:
                controls.show_document(document)
            controls.setVisible(key == name)

    def _make_controls(self, name: str) -> None:
        made = self.controls[name] = CONTROLS[name](self.document)
        made.edited.connect(self.edited)
        made.settled.connect(self.settled)
        self.place.addWidget(made)

    def show_training(self, training: bool) -> None:
        """The button says what it will do."""
        words = "Pause training" if training else "Train"
        if self.train_button.text() != words:
            self.train_button.setText(words)

    def set_theme(self, theme: Theme) -> None:
        """Tint the thumbnails and the icons."""
        self.theme = theme
        self.step_button.setIcon(icon("step", theme))
        self.reset_button.setIcon(icon("reset", theme))
        self.source.set_theme(theme)
        self.target.set_theme(theme)


def sees_network(document: Document) -> bool:
    """Whether what a network learned is on the picture."""
    name = document.view.name
    learned = name == "tangent_field" and document.blending.field in ("learned", "beside")
    return learned or name not in ("blending", "chain", "tangent_field")
