"""The loss plot, and its room while pyqtgraph isn't imported yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from flowlab.core.document.losses import Regression
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.calm_combo import CalmCombo
from flowlab.ui.room.loss_words import INVITATION, READING, name_losses

if TYPE_CHECKING:
    from flowlab.ui.plots.loss_plot import LossPlot
    from flowlab.work.status import Status

HEIGHT, LEAST, GAP = 140, 80, 6  # px: the plot, the lowest one, and above the choice below it


class LossPlace(QWidget):
    """Stands for `LossPlot`, and is as high as it from the first frame on."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.plot: LossPlot | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self._ground, self._height = QLabel(INVITATION), HEIGHT
        self.which, self._regression = CalmCombo(), Regression()
        self._empty = self._make_empty()
        self.column.addWidget(self._empty)

    def _make_empty(self) -> QWidget:
        """Make the plot's ground, which says what comes, and the choice below it."""
        empty, choice = QWidget(), self.which
        self._ground.setObjectName("plotGround")
        self._ground.setProperty("role", "dim")
        self._ground.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._ground.setFixedHeight(self._height)
        choice.setSizeAdjustPolicy(choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(6)
        choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_losses(choice, self._regression)
        column = QVBoxLayout(empty)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._ground)
        column.addWidget(choice)
        return empty

    @property
    def drawn(self) -> str:
        """Which loss is drawn, or will be: one of `LOSSES`."""
        which: str = (self.which if self.plot is None else self.plot.which).currentData()
        return which

    def save_room(self, pixels: int) -> None:
        """Make the plot lower by so many pixels, as far as it stays readable."""
        self._height = max(LEAST, HEIGHT - max(0, pixels))
        (self._ground if self.plot is None else self.plot.plot).setFixedHeight(self._height)

    def ready(self) -> None:
        """Create the plot, now that pyqtgraph has been imported."""
        if self.plot is None:
            from flowlab.ui.plots.loss_plot import LossPlot

            self.plot = LossPlot(self.theme, height=self._height, gap=GAP)
            self.plot.which.setCurrentIndex(self.which.currentIndex())
            self.column.replaceWidget(self._empty, self.plot)
            self.plot.show()  # at once: until then its room would be lost
            self._empty.setParent(None)  # at once: its choice mustn't be found beside the plot's
            self._empty.deleteLater()

    def show_status(self, status: Status) -> None:
        """Draw the newest losses; until there is a plot, say which they are."""
        if self.plot is not None:
            self.plot.show_status(status)
            return
        self._ground.setText(READING if status.step else INVITATION)
        if status.regression != self._regression:
            self._regression = status.regression
            name_losses(self.which, status.regression)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)
