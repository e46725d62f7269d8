"""How good the flow is, headed by the training step that the figures are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import QUALITY, Figures, quality_notes, quality_words

if TYPE_CHECKING:
    from flowlab.work.status import Status

SPACING, TIGHT = 7, 2  # px below the heading
OF_STEP = "The training step whose weights these figures are of; while training they lag behind it"


class Quality(QWidget):
    """The figures of `QUALITY`, and at the right of their heading the step they were taken at."""

    def __init__(self) -> None:
        super().__init__()
        self.figures, self.step = Figures(QUALITY), QLabel()
        self.values = self.figures.values
        self.step.setProperty("role", "dim")
        self.step.setToolTip(OF_STEP)
        self.step.setAccessibleName(OF_STEP)
        self.step.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        head = QHBoxLayout()
        head.addWidget(heading("How good is it"))
        head.addWidget(self.step, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.figures)
        self.set_tight(False)

    def set_tight(self, tight: bool) -> None:
        """Move the rows closer together, for a low window."""
        self._column.setSpacing(TIGHT if tight else SPACING)
        self.figures.set_tight(tight)

    def show_status(self, status: Status) -> None:
        """Show the newest figures and their step; blank where none are of what is shown."""
        self.step.setText(measured_words(status.of_step))
        self.figures.show_values(**quality_words(status))
        self.figures.explain(**quality_notes(status))


def measured_words(step: int | None) -> str:
    """The step of the figures in words; nothing where there are none."""
    if step is None:
        return ""
    return f"at step {step:,}" if step else "untrained"
