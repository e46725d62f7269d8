"""The right panel: what the experiment is doing, and how good it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import DARK, Theme
from flowlab.ui.base.section import Section, scrolling
from flowlab.ui.flow.lazy_metrics import LazyMetrics
from flowlab.ui.flow.left_panel import heading

if TYPE_CHECKING:
    from flowlab.ui.plots.loss_plot import LossPlot
    from flowlab.ui.plots.variance_plot import VariancePlot
    from flowlab.work.status import Status

WIDTH = 256
NONE = "–"

TRAINING = {
    "step": ("step", "Optimiser steps since the last reset"),
    "rate": ("steps per second", "While training"),
    "elapsed": ("elapsed", "Time spent training"),
    "device": ("device", "Where training and sampling run"),
    "loss": ("loss", "Mean squared error of the latest blocks"),
    "floor": ("irreducible floor", "The loss of the exact velocity: no network can do better"),
}
QUALITY = {
    "w2": ("sliced W₂", "Distance of the particles at t = 1 to fresh samples of the target"),
    "noise": ("its noise floor", "The same distance between two fresh sets of target samples"),
    "ratio": ("ratio", "1 means: no longer told apart from the target by this distance"),
    "error": (
        "field error",
        "Learned minus exact velocity, relative, weighted by p_t; "
        "where the exact velocity is known",
    ),
}
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


class Figures(QWidget):
    """Names at the left, figures at the right."""

    def __init__(self, rows: dict[str, tuple[str, str]]) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(5)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key, (title, tip) in rows.items():
            name, value = QLabel(title), QLabel(NONE)
            name.setProperty("role", "dim")
            name.setToolTip(tip)
            value.setProperty("role", "value")
            value.setToolTip(tip)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(re.sub("<.*?>", "", title))  # which may have a subscript
            self.values[key] = value
            form.addRow(name, value)

    def show_values(self, **texts: str) -> None:
        """Change what has changed."""
        for key, text in texts.items():
            if self.values[key].text() != text:
                self.values[key].setText(text)


class RightPanel(QWidget):
    """Loss, quality, flow, and the particle under the cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self.theme: Theme = DARK
        self.plot: LossPlot | None = None
        self.variance: VariancePlot | None = None  # on noisy paths alone
        self.message = QLabel()
        self.message.setProperty("role", "warn")
        self.message.setWordWrap(True)
        self.message.hide()
        self.training, self.quality = Figures(TRAINING), Figures(QUALITY)
        self.flow, self.particle = Figures(FLOW), Figures(PARTICLE)
        self.metrics = LazyMetrics()
        self.metrics_section = Section("Metrics", self.metrics)
        self.metrics_section.head.setToolTip("More measures of the flow, beside what is best")
        self.hint = QLabel(
            "Hover a particle to see its path. Click pins it. "
            "Drag a start point, and its path follows."
        )
        self.hint.setProperty("role", "dim")
        self.hint.setWordWrap(True)
        self._lay_out()

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        area = scrolling(inner)  # while it is empty: later it would measure everything twice
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(16, 14, 18, 12)
        self.column.setSpacing(9)
        self.column.addWidget(heading("Training"))
        self._plot_place = self.column.count()
        self.column.addWidget(self.message)
        self.column.addWidget(self.training)
        for title, widget in (
            ("How good is it", self.quality),
            ("Flow", self.flow),
            ("Particle", self.particle),
        ):
            self.column.addSpacing(6)
            self.column.addWidget(heading(title))
            self.column.addWidget(widget)
            if widget is self.quality:
                self.column.addWidget(self.metrics_section)
        self.column.addWidget(self.hint)
        self.column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def add_plot(self) -> None:
        """Put the loss plot in its place; pyqtgraph has been imported by now."""
        from flowlab.ui.plots.loss_plot import LossPlot

        if self.plot is None:
            self.plot = LossPlot(self.theme)
            self.column.insertWidget(self._plot_place, self.plot)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme
        self.metrics.set_theme(theme)
        if self.plot is not None:
            self.plot.set_theme(theme)

    def show_status(self, status: Status) -> None:
        """Show what the engine is doing."""
        if self.plot is not None:
            self.plot.show_status(status)
        self.metrics.show_status(status)
        words = status.problem or status.reason
        self.message.setText(words)
        self.message.setVisible(bool(words))
        self._show_variance(status)
        self.training.show_values(**training_words(status))
        self.quality.show_values(**quality_words(status))

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
        """Show what the picture cost."""
        self.flow.show_values(
            particles=f"{bundle.points.shape[1]:,}",
            nfe=f"{bundle.evaluations:,}",
            time=f"{bundle.seconds * 1e3:,.0f} ms" if bundle.seconds else NONE,
            memory=f"{bundle.nbytes / 1e6:.1f} MB",
        )

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show one particle's path in figures, or none."""
        if bundle is None or index is None or index >= bundle.points.shape[1]:
            self.particle.show_values(start=NONE, end=NONE, length=NONE)
            return
        path = bundle.path(index)
        length = float(np.hypot(*np.diff(path, axis=0).T).sum())
        straight = float(np.hypot(*(path[-1] - path[0])))
        self.particle.show_values(
            start=f"({path[0, 0]:.2f}, {path[0, 1]:.2f})",
            end=f"({path[-1, 0]:.2f}, {path[-1, 1]:.2f})",
            length=f"{length:.2f}  ({length / straight:.2f}×)" if straight > 0 else f"{length:.2f}",
        )


def training_words(status: Status) -> dict[str, str]:
    """The figures of `TRAINING`."""
    mse = status.history.mse
    return {
        "step": f"{status.step:,}",
        "rate": f"{status.steps_per_second:,.0f}" if status.state == "training" else NONE,
        "elapsed": f"{status.seconds:.1f} s",
        "device": status.device,
        "loss": figure(float(np.mean(mse[-20:])) if len(mse) else None),
        "floor": figure(status.mse_floor),
    }


def quality_words(status: Status) -> dict[str, str]:
    """The figures of `QUALITY`."""
    w2, floor, error = status.sliced_w2, status.sliced_w2_floor, status.velocity_error
    return {
        "w2": figure(w2),
        "noise": figure(floor),
        "ratio": NONE if w2 is None or not floor else f"{w2 / floor:.2f} ×",
        "error": NONE if error is None else f"{error:.1%}",
    }


def figure(value: float | None) -> str:
    """Three significant figures, or a dash."""
    return NONE if value is None or not np.isfinite(value) else f"{value:.3g}"
