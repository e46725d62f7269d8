"""Rows of a name and a figure, including the rows of training that several rooms show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

if TYPE_CHECKING:
    from flowlab.work.status import Status

NONE = "–"  # text of an unknown figure
STARTING = "starting …"  # text of the device until the engine names it

TRAINING = {
    "step": ("step", "Optimiser steps since the last reset"),
    "rate": ("steps per second", "While training"),
    "elapsed": ("elapsed", "Time spent training"),
    "device": ("device", "Where training and sampling run"),
    "loss": ("loss", "Mean squared error of the latest blocks"),
    "floor": ("irreducible floor", "The loss of the exact velocity: no network can do better"),
}
QUALITY = {
    "w2": (
        "sliced W₂",
        "Sliced Wasserstein-2 distance √ mean W₂²(θ·x, θ·y) of the particles x at t = 1 to fresh "
        "samples y of the target: the mean over directions θ of the exact distance in one "
        "dimension",
    ),
    "noise": ("its noise floor", "The same distance between two fresh sets of target samples"),
    "ratio": ("ratio", "1 means: no longer told apart from the target by this distance"),
    "error": (
        "field error",
        "Learned minus exact velocity, relative, weighted by p_t; "
        "where the exact velocity is known",
    ),
}


class Figures(QWidget):
    """Names at the left, figures at the right."""

    def __init__(self, rows: dict[str, tuple[str, str]]) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key, (title, tip) in rows.items():
            name, value = QLabel(title), QLabel(NONE)
            name.setProperty("role", "dim")
            name.setToolTip(tip)
            value.setProperty("role", "value")
            value.setToolTip(tip)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(re.sub("<.*?>", "", title))  # without its subscripts' tags
            self.values[key] = value
            form.addRow(name, value)

    def show_values(self, **texts: str) -> None:
        """Update the figures that have changed."""
        for key, text in texts.items():
            if self.values[key].text() != text:
                self.values[key].setText(text)


def training_words(status: Status) -> dict[str, str]:
    """The figures of `TRAINING`, in words."""
    mse = status.history.mse
    return {
        "step": f"{status.step:,}",
        "rate": f"{status.steps_per_second:,.0f}" if status.state == "training" else NONE,
        "elapsed": f"{status.seconds:.1f} s",
        "device": status.device or STARTING,
        "loss": figure(float(np.mean(mse[-20:])) if len(mse) else None),
        "floor": figure(status.mse_floor),
    }


def quality_words(status: Status) -> dict[str, str]:
    """The figures of `QUALITY`, in words."""
    w2, floor, error = status.sliced_w2, status.sliced_w2_floor, status.velocity_error
    return {
        "w2": figure(w2),
        "noise": figure(floor),
        "ratio": NONE if w2 is None or not floor else f"{w2 / floor:.2f} ×",
        "error": NONE if error is None else f"{error:.1%}",
    }


def figure(value: float | None) -> str:
    """A value with three significant digits, or a dash."""
    return NONE if value is None or not np.isfinite(value) else f"{value:.3g}"
