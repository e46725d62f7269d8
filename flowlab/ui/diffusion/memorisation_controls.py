"""The controls of memorisation."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from flowlab.core.diffusion.memorisation_results import Memories
from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Points
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.called import call
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.control_words import EXACT, KIND, forbid_levels
from flowlab.ui.room.exact_switch import ExactSwitch

TAKE = (
    "A network that is trained then sees these points and no others. Undo brings the whole target "
    "back, with its training"
)
ALSO = "train on few points, finite training set, memorise, memorize, subsample the data"
NOT_YET = "There are no training points yet."
TAKEN = "These points are the target already: train, and the network sees no others."


class MemorisationControls(ExactSwitch):
    """Controls for the number of training points, and for the levels of noise."""

    words, tip = "Exact field at the right", EXACT

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.memories: Memories | None = None
        self.add_form("diffusion", "training_points")
        self.take_points = QPushButton("Take them as the target")
        self.take_points.setToolTip(TAKE)
        call(self.take_points, ALSO, does="take the training points as the target")
        self.take_points.clicked.connect(self._take)
        self.column.addWidget(self.take_points)
        self.column.addWidget(self.exact)
        self.column.addWidget(heading("Noise levels"))
        self.levels = self.add_form("diffusion", "steps", "T", "schedule", *KIND, "standardise")
        self.add_form("view", "particles", "highlighted", "colour")
        self.add_more("memorisation")
        self.show_document(document)
        self.show_memories(None)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, or why there is no schedule."""
        super().show_document(document)
        forbid_levels(self.levels, document.diffusion)

    def show_memories(self, memories: Memories | None) -> None:
        """Know the points that are shown, or say why they can't be taken."""
        self.memories = memories
        taken = memories is not None and memories.trained_on_these
        allow(self.take_points, NOT_YET if memories is None else TAKEN if taken else "")

    def _take(self) -> None:
        """Make the points that are shown the target."""
        if self.memories is None:
            return
        labels = self.memories.labels
        target = Points(
            points=Array(self.memories.points),
            labels=None if labels is None else Array(labels),
            noise=0.0,
        )
        self.settled.emit()
        document = self.document.with_parts(target=target)
        self.edited.emit(document, "Take the training points", "target")
        self.settled.emit()
