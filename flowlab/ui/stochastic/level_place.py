"""The noise level over time, above the stories of the views whose SDE has one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.stochastic.level_curve import level_curve
from flowlab.core.stochastic.settings import LevelPoint, eps_shape_of
from flowlab.core.views.registry import VIEWS
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.key_rows import KeyRow
from flowlab.ui.base.paced import Paced
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.story import say, words
from flowlab.ui.state.document_store import DocumentStore

if TYPE_CHECKING:
    from flowlab.ui.stochastic.level_plot import LevelPlot

HINTS = {
    "alpha": "ε(t) / ε = α(t), the weight of the source point.",
    "constant": "ε(t) / ε = 1.",
    "sine": "ε(t) / ε = sin² πt.",
    "gamma": "ε(t) / ε = γ(t), the path's latent noise.",
    "drawn": "ε(t) / ε. Click adds a point, drag moves it, right click removes it.",
}

KEY_ROWS = (KeyRow("Click, drag", "Noise level: add, move a point (right click: remove)"),)


class LevelPlace(QWidget):
    """Stands for the plot of the level until pyqtgraph is there, and edits the document."""

    def __init__(self, store: DocumentStore) -> None:
        super().__init__()
        self.store, self.theme = store, DARK
        self.plot: LevelPlot | None = None
        self.hint = words("dim")
        self._ready = False
        self._paced = Paced(self, self._mark)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        self.column.addWidget(heading("Noise level over time"))
        self.column.addWidget(self.hint)
        self.show_document(store.document)

    def show_document(self, document: Document) -> None:
        """Show the document's level, in views whose picture depends on it."""
        shown = "eps_shape" in VIEWS[document.view.name].reads
        self.setVisible(shown)
        if not shown:
            return
        shape = eps_shape_of(document.stochastic, document.path.noisy)
        say(self.hint, HINTS[shape])
        if self._ready and self.plot is None:
            self._make()
        if self.plot is not None:
            self.plot.show_level(
                *level_curve(document.stochastic, document.path), drawn=shape == "drawn"
            )

    def _make(self) -> None:
        from flowlab.ui.stochastic.level_plot import LevelPlot

        self.plot = LevelPlot()
        self.plot.set_theme(self.theme)
        self.plot.edited.connect(self._edit)
        self.plot.settled.connect(self.store.settle)
        self.column.insertWidget(1, self.plot)

    def ready(self) -> None:
        """Create the plot as soon as it is shown; pyqtgraph has been imported by now."""
        self._ready = True
        self.show_document(self.store.document)

    def show_t(self, t: float) -> None:
        """Mark this t, a few times a second."""
        self._paced.tell(t)

    def _mark(self, t: float) -> None:
        if self.plot is not None:
            self.plot.mark(t)

    def _edit(self, points: tuple[LevelPoint, ...]) -> None:
        document = self.store.document
        stochastic = replace(document.stochastic, eps_curve=points)
        document = replace(document, stochastic=stochastic)
        self.store.edit(document, "Draw the noise level", "noise level")

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)
