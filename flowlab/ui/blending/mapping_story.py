"""The story of the mapping: the training, and the quality of its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.document.document import Document
from flowlab.scene.base.style import Theme
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import TRAINING, Figures, training_notes, training_words
from flowlab.ui.room.loss_place import LossPlace
from flowlab.ui.room.quality import Quality
from flowlab.ui.room.story import Story, say, words

if TYPE_CHECKING:
    from flowlab.work.status import Status

ONE_STEP = (
    "A single step carries every point by D(x, 0) = E[x₁] − x: all of them land on the target's "
    "mean."
)
ONE_STEP_BACK = (
    "A single step carries every point back by D(x, 1) = x − E[x₀]: all of them land on the "
    "source's mean."
)
ONE_STEP_BENT = "A single step carries every point straight on by its velocity where it starts."


class MappingStory(Story):
    """Loss, steps, errors, and the effect of the number of sampling steps."""

    def __init__(self) -> None:
        super().__init__()
        self.loss = LossPlace()
        self.sampler = words()
        self.training, self.quality = Figures(TRAINING), Quality()
        self.column.addWidget(heading("Sampling"))
        self.column.addWidget(self.sampler)
        self.column.addWidget(heading("Training"))
        self.column.addWidget(self.loss)
        self.column.addWidget(self.training)
        self.column.addWidget(self.quality)

    def show_document(self, document: Document) -> None:
        """Describe the sampler."""
        super().show_document(document)
        say(self.sampler, sampler_words(document))

    def engine_ready(self) -> None:
        """Add the loss plot; pyqtgraph has been imported by now."""
        self.loss.ready()

    def show_status(self, status: Status) -> None:
        """Show the present loss and errors."""
        self.loss.show_status(status)
        self.training.show_values(**training_words(status, self.loss.drawn))
        self.training.explain(**training_notes(status, self.loss.drawn))
        self.quality.show_status(status)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.loss.set_theme(theme)


def sampler_words(document: Document) -> str:
    """The effect of following the field in so many steps."""
    solver, path = document.solver, document.path
    straight = (path.kind, path.noise, document.coupling.kind) == ("linear", "none", "independent")
    back = solver.direction == "reverse"
    if solver.method == "euler" and solver.steps == 1:
        return (ONE_STEP_BACK if back else ONE_STEP) if straight else ONE_STEP_BENT
    if solver.method == "euler":
        return (
            f"x ← x + D(x, α) Δα, {solver.steps} times with Δα = {'−' if back else ''}1/"
            f"{solver.steps}. The error of these steps halves as their number doubles."
        )
    ends = "from α = 1 to 0" if back else "from α = 0 to 1"
    limit = ": the limit of a chain of many small steps" if straight else ""
    return f"dx/dα = D(x, α), followed {ends}{limit}."
