"""The right panel of the Flow room: the status of the experiment, and its quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QStackedLayout, QVBoxLayout, QWidget

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.called import call
from flowlab.ui.base.section import Section, scrolling
from flowlab.ui.base.theme import SCROLL_BAR
from flowlab.ui.base.widgets import heading
from flowlab.ui.flow.lazy_metrics import LazyMetrics
from flowlab.ui.room.figures import NONE, TRAINING, Figures, training_notes, training_words
from flowlab.ui.room.loss_place import LossPlace
from flowlab.ui.room.quality import Quality
from flowlab.ui.room.side_panel import RIGHT_WIDTH

if TYPE_CHECKING:
    from flowlab.ui.plots.variance_plot import VariancePlot
    from flowlab.work.status import Status

FLOW = {
    "particles": ("particles", "Samples that travel"),
    "nfe": ("network calls", "Network evaluations that the solver spent on each particle"),
    "time": ("computed in", "Wall time of the newest bundle of paths"),
    "memory": ("memory", "Of the newest bundle of paths"),
}
PARTICLE = {
    "start": ("start", "Where it is at t = 0"),
    "end": ("end", "Where it is at t = 1"),
    "length": ("path length", "Against the straight distance from start to end"),
}


ROOMY = 680  # px: height at which everything is visible beside a loss plot of full height
SPACING, TIGHT = 7, 3  # px between parts, in a window that is high enough and in a lower one
ALL = 0.995  # a share that would be rounded to 100 %: what else a picture needs is not counted
LITTLE, GAPS = 30, 76  # px that the plot alone makes up for, and that smaller gaps save


class RightPanel(QWidget):
    """Loss, quality, flow, and the particle under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(RIGHT_WIDTH)
        self.theme: Theme = DARK
        self.loss = LossPlace()
        self.variance: VariancePlot | None = None  # for noisy paths only
        self.particles = self._carried = 0  # wanted, and those of the newest bundle
        self.message = QLabel()
        self.message.setProperty("role", "warn")
        self.message.setWordWrap(True)
        self.message.hide()
        self.training, self.quality = Figures(TRAINING), Quality()
        self.flow, self.particle = Figures(FLOW), Figures(PARTICLE)
        self.metrics = LazyMetrics()
        self.metrics_section = Section("Metrics", self.metrics)
        self.metrics_section.head.setToolTip("More measures of the flow, beside what is best")
        call(self.metrics_section.head, also="quality, evaluation, accuracy, how good")
        self.hint = QLabel(
            "Hover a particle to see its path. Click pins it. "
            "Drag a start point, and its path follows."
        )
        self.hint.setProperty("role", "dim")
        self.hint.setWordWrap(True)
        self.particle_stack = QStackedLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        area = scrolling(inner)  # while it is empty: later, this would measure all widgets twice
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(16, 12, 18 - SCROLL_BAR, 4)
        self.column.addWidget(heading("Training"))
        self.column.addWidget(self.loss)
        self.column.addWidget(self.message)
        self.column.addWidget(self.training)
        self.column.addSpacing(5)
        self.column.addWidget(self.quality)
        self.column.addWidget(self.metrics_section)
        self.column.addSpacing(5)
        self.column.addWidget(heading("Flow"))
        self.column.addWidget(self.flow)
        self.column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addWidget(self._foot())

    def _foot(self) -> QWidget:
        """Make the part that never scrolls away: the particle's figures, or how to get them."""
        foot = QFrame()
        foot.setObjectName("foot")
        column = self.foot = QVBoxLayout(foot)
        column.setContentsMargins(16, 4, 18, 10)
        column.addWidget(heading("Particle"))
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.particle_stack.addWidget(self.hint)
        self.particle_stack.addWidget(self.particle)
        column.addLayout(self.particle_stack)
        return foot

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Save room in a low window, so that nothing has to scroll."""
        super().resizeEvent(event)
        missing = ROOMY - self.height()
        tight = missing > LITTLE
        self._set_tight(tight)
        self.loss.save_room(missing - (GAPS if tight else 0))

    def _set_tight(self, tight: bool) -> None:
        for column in (self.column, self.foot):
            column.setSpacing(TIGHT if tight else SPACING)
        for figures in (self.training, self.quality, self.flow, self.particle):
            figures.set_tight(tight)

    def add_plot(self) -> None:
        """Add the loss plot; pyqtgraph has been imported by now."""
        self.loss.ready()

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.theme = theme
        self.metrics.set_theme(theme)
        self.loss.set_theme(theme)

    def show_status(self, status: Status) -> None:
        """Show the engine's status."""
        self.loss.show_status(status)
        self.metrics.show_status(status)
        words = status.problem or status.reason
        self.message.setText(words)
        self.message.setVisible(bool(words))
        self._show_variance(status)
        self.training.show_values(**training_words(status, self.loss.drawn))
        self.training.explain(**training_notes(status, self.loss.drawn))
        self._show_particles(status)
        self.quality.show_status(status)

    def _show_variance(self, status: Status) -> None:
        if status.variances is not None:
            if self.variance is None:
                from flowlab.ui.plots.variance_plot import VariancePlot

                self.variance = VariancePlot()
                self.column.insertWidget(self.column.indexOf(self.message), self.variance)
            self.variance.show_variances(status.variances)
        if self.variance is not None:
            self.variance.setVisible(status.variances is not None)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show the cost of the bundle; dashes for none, or one of another room's view."""
        self._carried = bundle.points.shape[1] if bundle.flows else 0
        if not self._carried:
            self.flow.show_values(**dict.fromkeys(FLOW, NONE))
            return
        self.flow.show_values(
            nfe=f"{bundle.evaluations:,}",
            time=f"{bundle.seconds * 1e3:,.0f} ms" if bundle.seconds else NONE,
            memory=f"{bundle.nbytes / 1e6:.1f} MB",
        )

    def _show_particles(self, status: Status) -> None:
        """How many particles are shown, of how many, and how far more are computed."""
        shown, wanted = self._carried, self.particles
        words = f"{shown:,}" if shown >= wanted else f"{shown:,} of {wanted:,}"
        notes = []
        if 0 < shown < wanted and status.state == "training":
            notes.append("All of them would take too long while training: pause to see them all.")
        if status.sampling is not None and status.sampling < ALL:
            done = f"{100 * status.sampling:.0f} %"
            words = f"{done} of {wanted:,}"
            notes.append(f"{wanted:,} particles are being computed: {done} done.")
        self.flow.show_values(particles=words if shown or notes else NONE)
        self.flow.explain(particles="\n".join(notes))

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show the figures of one particle's path, or of none."""
        if bundle is None or index is None or index >= bundle.points.shape[1]:
            self.particle.show_values(start=NONE, end=NONE, length=NONE)
            self.particle_stack.setCurrentWidget(self.hint)
            return
        self.particle_stack.setCurrentWidget(self.particle)
        path = bundle.path(index)
        length = float(np.hypot(*np.diff(path, axis=0).T).sum())
        straight = float(np.hypot(*(path[-1] - path[0])))
        self.particle.show_values(
            start=f"({path[0, 0]:.2f}, {path[0, 1]:.2f})",
            end=f"({path[-1, 0]:.2f}, {path[-1, 1]:.2f})",
            length=f"{length:.2f}  ({length / straight:.2f}×)" if straight > 0 else f"{length:.2f}",
        )
