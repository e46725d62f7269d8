"""The story of the mapping: how training goes, and how good what it learned is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.document import Document
from flowlab.scene.style import DARK, Theme
from flowlab.ui.blending.story import Story, say, words
from flowlab.ui.left_panel import heading
from flowlab.ui.right_panel import QUALITY, TRAINING, Figures, quality_words, training_words

if TYPE_CHECKING:
    from flowlab.ui.loss_plot import LossPlot
    from flowlab.work.status import Status

ONE_STEP = (
    "A single step carries every point by D(x, 0) = E[x₁] − x: all of them land on the target's "
    "mean."
)


class MappingStory(Story):
    """Loss, steps, errors, and what the number of the sampler's steps does."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.plot: LossPlot | None = None
        self.sampler = words()
        self.training, self.quality = Figures(TRAINING), Figures(QUALITY)
        self.column.addWidget(heading("Sampling"))
        self.column.addWidget(self.sampler)
        self.column.addWidget(heading("Training"))
        self._plot_place = self.column.count()
        self.column.addWidget(self.training)
        self.column.addWidget(heading("How good is it"))
        self.column.addWidget(self.quality)

    def show_document(self, document: Document) -> None:
        """Say what the sampler does."""
        super().show_document(document)
        say(self.sampler, sampler_words(document))

    def engine_ready(self) -> None:
        """Put the loss plot in its place; pyqtgraph has been imported by now."""
        if self.plot is None:
            from flowlab.ui.loss_plot import LossPlot

            self.plot = LossPlot(self.theme)
            self.column.insertWidget(self._plot_place, self.plot)

    def show_status(self, status: Status) -> None:
        """Loss and errors of now."""
        if self.plot is not None:
            self.plot.show_status(status)
        self.training.show_values(**training_words(status))
        self.quality.show_values(**quality_words(status))

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)


def sampler_words(document: Document) -> str:
    """What following the field in so many steps means."""
    solver = document.solver
    if solver.method == "euler" and solver.steps == 1:
        return ONE_STEP
    if solver.method == "euler":
        return (
            f"x ← x + D(x, α) Δα, {solver.steps} times with Δα = 1/{solver.steps}. The error of "
            "these steps halves as their number doubles."
        )
    return "dx/dα = D(x, α), followed from α = 0 to 1: the limit of a chain of many small steps."
