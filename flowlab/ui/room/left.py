"""The parts of every room's left panel: both ends, the settings, and the training buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.icons import icon
from flowlab.ui.base.section import scrolling
from flowlab.ui.base.theme import SCROLL_BAR
from flowlab.ui.base.widgets import tool
from flowlab.ui.room.cards import DistributionCard
from flowlab.ui.room.side_panel import LEFT_WIDTH, SidePanel


class RoomLeft(SidePanel):
    """A scrolling column that begins with the cards of source and target, above the buttons."""

    def __init__(self, document: Document, top: Sequence[QWidget] = ()) -> None:
        """`top` lies above the cards, which not every view shows: it stays where it is."""
        super().__init__()
        self.document, self.theme = document, DARK
        self.setObjectName("panel")
        self.setFixedWidth(LEFT_WIDTH)
        self.source = DistributionCard("source", "p₀")
        self.target = DistributionCard("target", "p₁")
        self.foot = self._make_foot()
        self.column = self._make_column()
        for widget in top:
            self.column.addWidget(widget)
        for role, card in (("source", self.source), ("target", self.target)):
            self.column.addWidget(card)
            card.choose.connect(lambda role=role: self.choose.emit(role))
            card.draw.connect(lambda role=role: self.draw.emit(role))
            card.edited.connect(lambda shape, role=role: self._edit_shape(role, shape))
            card.settled.connect(self.settled)

    def _make_foot(self) -> QWidget:
        self.train_button = QPushButton("Train")
        self.train_button.setObjectName("primary")
        self.train_button.setToolTip("Train or pause (T)")
        self.step_button = tool("One training step, then pause (Shift+T)")
        self.reset_button = tool("Reset: fresh weights, same experiment; undo brings these back")
        self.train_button.clicked.connect(self.train)
        self.step_button.clicked.connect(self.step)
        self.reset_button.clicked.connect(self.reset)
        foot = QFrame()
        foot.setObjectName("foot")
        foot.setProperty("unlisted", True)  # the search box finds the actions of these buttons
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 10)
        row.setSpacing(8)
        row.addWidget(self.train_button, 1)
        row.addWidget(self.step_button)
        row.addWidget(self.reset_button)
        return foot

    def _make_column(self) -> QVBoxLayout:
        inner = QWidget()
        inner.setObjectName("panel")
        area = scrolling(inner)  # while it is empty: later, this would measure all widgets twice
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16 - SCROLL_BAR, 4)
        column.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addWidget(self.foot)
        return column

    def _edit_shape(self, role: str, shape: object) -> None:
        self.edited.emit(self.document.with_parts(**{role: shape}), f"Change {role}", role)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        self.document = document
        self.source.show_shape(document.source)
        self.target.show_shape(document.target)
        roles = VIEWS[document.view.name].roles
        for role, card in (("source", self.source), ("target", self.target)):
            card.setVisible(role in roles)

    def show_training(self, training: bool) -> None:
        """Show on the button what a click will do."""
        words = "Pause training" if training else "Train"
        if self.train_button.text() != words:
            self.train_button.setText(words)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours to thumbnails and icons."""
        self.theme = theme
        self.step_button.setIcon(icon("step", theme))
        self.reset_button.setIcon(icon("reset", theme))
        self.source.set_theme(theme)
        self.target.set_theme(theme)


def has_layer(document: Document, name: str) -> bool:
    """True if switching that layer changes the picture of the document's view."""
    if name == "show_raw":
        return not why_no_raw(document)
    return name in VIEWS[document.view.name].layers


def why_no_raw(document: Document) -> str:
    """Why the particles of the raw weights can't be shown; empty if they can."""
    if "show_raw" not in VIEWS[document.view.name].layers:
        return "This view doesn’t have this layer"
    if not document.training.ema:
        return "The particles follow the raw weights already: the EMA window is 0"
    return "" if document.view.show_particles else "Show particles first: these lie beside them"
