"""A story of a view that a network has a part in: it ends with how the training goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.scene.base.style import Theme
from flowlab.ui.room.figures import TRAINING, Figures, training_notes, training_words
from flowlab.ui.room.loss_place import LossPlace
from flowlab.ui.room.story import Story

if TYPE_CHECKING:
    from flowlab.work.status import Status


class TrainedStory(Story):
    """A story with the loss and the figures of the training; it says where in its column."""

    def __init__(self) -> None:
        super().__init__()
        self.loss, self.training = LossPlace(), Figures(TRAINING)

    def engine_ready(self) -> None:
        """Add the loss plot; pyqtgraph has been imported by now."""
        self.loss.ready()

    def show_status(self, status: Status) -> None:
        """Show the present loss and number of steps."""
        self.loss.show_status(status)
        self.training.show_values(**training_words(status, self.loss.drawn))
        self.training.explain(**training_notes(status, self.loss.drawn))

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.loss.set_theme(theme)
