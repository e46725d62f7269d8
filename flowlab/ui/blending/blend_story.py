"""The story of a blend: mean and covariance of x_alpha, from the pairs and by the formula."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from flowlab.core.array_types import Floats
from flowlab.core.blending.results import blends_of
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.style import Theme
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.equation import Equation, digits
from flowlab.ui.room.figures import NONE
from flowlab.ui.room.story import Story, say, words

ROWS = {
    "mean_x": ("mean, x", "m_α = (1 − α) m₀ + α m₁"),
    "mean_y": ("mean, y", "m_α = (1 − α) m₀ + α m₁"),
    "var_x": ("variance, x", "C_α = (1 − α)² C₀ + α² C₁, as x₀ and x₁ are independent"),
    "var_y": ("variance, y", "C_α = (1 − α)² C₀ + α² C₁, as x₀ and x₁ are independent"),
    "cov": ("covariance", "C_α = (1 − α)² C₀ + α² C₁, as x₀ and x₁ are independent"),
}


ERROR = (
    "Standard error of the difference: the pairs and the formula's samples of both ends are "
    "independent, so that it is by chance within two of these"
)


class Moments(QWidget):
    """Five rows: a name, the values of the blended pairs and of the formula, and their error."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        grid.setHorizontalSpacing(8)
        self.values: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        for column, title in ((1, "pairs"), (2, "formula"), (3, "±")):
            grid.addWidget(_cell(title, "dim"), 0, column)
        for row, (key, (title, tip)) in enumerate(ROWS.items(), 1):
            name = QLabel(title)
            name.setProperty("role", "dim")
            cells = _cell(NONE, "value"), _cell(NONE, "value"), _cell(NONE, "dim")
            cells[2].setAccessibleName(f"{title}, standard error of the difference")
            for label in (name, *cells):
                label.setToolTip(tip)
            cells[2].setToolTip(ERROR)
            for cell, whose in zip(cells[:2], ("of the pairs", "by the formula"), strict=True):
                cell.setAccessibleName(f"{title} {whose}")
                cell.setMinimumWidth(50)
            for column, widget in enumerate((name, *cells)):
                grid.addWidget(widget, row, column)
            self.values[key] = cells

    def forget(self) -> None:
        """Show dashes."""
        for cell in (cell for cells in self.values.values() for cell in cells):
            cell.setText(NONE)

    def show_moments(self, pairs: Floats, formula: Floats, errors: Floats) -> None:
        """Show five values of each kind, in the order of `ROWS`."""
        rows = zip(pairs, formula, errors, strict=True)
        for cells, row in zip(self.values.values(), rows, strict=True):
            for cell, value in zip(cells[:2], row[:2], strict=True):
                cell.setText(digits(float(value)))
            cells[2].setText(f"{row[2]:.1g}")


def _cell(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


class BlendStory(Story):
    """The effect of blending on mean and covariance."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence, self.equation, self.moments = words(), Equation(), Moments()
        self.note = words("dim")
        say(
            self.sentence,
            "x₀ and x₁ are drawn independently, and blended. No pair is unique: many others "
            "blend into the same point.",
        )
        self.column.addWidget(heading("Blending"))
        self.column.addWidget(self.sentence)
        self.column.addWidget(self.equation)
        self.column.addWidget(heading("Mean and covariance"))
        self.column.addWidget(self.moments)
        self.column.addWidget(self.note)
        self.equation.setFixedHeight(24)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show the pairs of a bundle; the formula's moments come from its samples of both ends."""
        known = blends_of(bundle) and len(bundle.source) > 1 and len(bundle.target) > 1
        ends = f"{len(bundle.source):,} and {len(bundle.target):,} other samples"
        note = f"Pairs: {bundle.points.shape[1]:,}. Formula: of {ends} of the ends."
        say(self.note, note if known else "")
        super().show_bundle(bundle)

    def renew(self) -> None:
        """Show the moments at t."""
        bundle = self.bundle
        if bundle is None or blends_of(bundle) is None:
            self.moments.forget()
            return
        few = min(bundle.points.shape[1], len(bundle.source), len(bundle.target)) < 2
        if self.isVisible() and not few:
            now, x0, x1, t = bundle.at(self.t), bundle.source, bundle.target, self.t
            formula = blended(moments_of(x0), moments_of(x1), t)
            off = np.hypot(errors_of(now), blended_errors(errors_of(x0), errors_of(x1), t))
            self.moments.show_moments(moments_of(now), formula, off)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self.equation.set_theme(theme)


def moments_of(points: Floats) -> Floats:
    """Mean and covariance (mx, my, vx, vy, c) of points (N, 2)."""
    x, y = np.asarray(points, float).T
    (vx, c), (_, vy) = np.cov(x, y)
    return np.array([x.mean(), y.mean(), vx, vy, c])


def blended(source: Floats, target: Floats, alpha: float) -> Floats:
    """Moments of (1 - alpha) x0 + alpha x1 for independent x0 and x1 (science A1)."""
    a, b = 1 - alpha, alpha
    weights = np.array([[a, b]] * 2 + [[a * a, b * b]] * 3)
    law: Floats = weights[:, 0] * source + weights[:, 1] * target
    return law


def errors_of(points: Floats) -> Floats:
    """Standard errors of `moments_of` the points (N, 2)."""
    n, centred = len(points), np.asarray(points, float) - np.asarray(points, float).mean(0)
    x, y = centred.T
    effects = np.stack([x, y, x * x, y * y, x * y])
    errors: Floats = effects.std(1, ddof=1) / np.sqrt(n)
    return errors


def blended_errors(source: Floats, target: Floats, alpha: float) -> Floats:
    """Standard errors of `blended`, from those of the moments of both ends."""
    a, b = 1 - alpha, alpha
    weights = np.array([[a, b]] * 2 + [[a * a, b * b]] * 3)
    errors: Floats = np.hypot(weights[:, 0] * source, weights[:, 1] * target)
    return errors
