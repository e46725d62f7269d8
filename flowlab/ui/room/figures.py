"""Rows of a name and a figure, including the rows of training that several rooms show."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from flowlab.core.estimates import as_good_as_fresh, error_of, mean_estimate, to_error, to_percent
from flowlab.scene.base.style import Colour
from flowlab.ui.base.elided import ElidedLabel
from flowlab.ui.base.theme import colour

if TYPE_CHECKING:
    from flowlab.work.status import History, Status

NONE = "–"  # text of an unknown figure
STARTING = "starting …"  # text of the device until the engine names it
UNMEASURED = "Not measured yet."
EARLIER = "The source, target or path was changed after this moment: its losses had another floor."
FRESH = "of fresh samples"
AS_GOOD = "as good as fresh samples"
_BLOCKS = 20  # of the loss curve, in the figure of the loss

TRAINING = {
    "step": (
        "step",
        "Optimiser steps (iterations) since the last reset; there are no epochs: batches are fresh",
    ),
    "rate": ("steps per second", "While training"),
    "elapsed": ("elapsed", "Time spent training"),
    "device": (
        "device",
        "Where training and sampling run: CPU threads, or a GPU (CUDA); flowlab --device chooses",
    ),
    "loss": (
        "loss",
        "Mean over the latest blocks of the loss that is drawn. A figure without ± is known to all "
        "its digits",
    ),
    "floor": (
        "irreducible floor",
        "The loss of the exact velocity, with its standard error: no network can do better on "
        "average, but a batch may lie below it by chance. Drawn once it is known to 1 %",
    ),
}
QUALITY = {
    "w2": (
        "sliced W₂",
        "Sliced Wasserstein-2 distance √ mean W₂²(θ·x, θ·y) of the particles x at t = 1 to fresh "
        "samples y of the target: the mean over directions θ of the exact distance in one "
        "dimension",
    ),
    "noise": (
        FRESH,
        "The same distance of other fresh samples, instead of the particles, to the same set: "
        "what remains if the flow is perfect",
    ),
    "ratio": (
        "ratio",
        "Of both distances. As good as fresh samples: less than two standard deviations above "
        "what those show",
    ),
    "error": (
        "field error",
        "Learned minus exact velocity, relative, weighted by pₜ; where the exact velocity is known",
    ),
}


class Figures(QWidget):
    """Names at the left, figures at the right; each row is divided where its own name ends."""

    def __init__(self, rows: dict[str, tuple[str, str]]) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        self.figure_names = rows
        self._tips = {key: tip for key, (_, tip) in rows.items()}
        self._notes: dict[str, str] = {}
        self._names: dict[str, QLabel] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.set_tight(False)
        for key, (title, tip) in rows.items():
            self._column.addLayout(self._row(key, title, tip))

    def _row(self, key: str, title: str, tip: str) -> QHBoxLayout:
        name, value = ElidedLabel(title, tip), QLabel(NONE)
        name.setProperty("role", "dim")
        value.setProperty("role", "value")
        value.setToolTip(tip)
        value.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setAccessibleName(re.sub("<.*?>", "", title))  # without its subscripts' tags
        self._names[key], self.values[key] = name, value
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(name)
        row.addWidget(value, 1)
        return row

    def show_rows(self, *keys: str) -> None:
        """Hide the rows of all other figures: of what isn't there."""
        for key, value in self.values.items():
            for label in (self._names[key], value):
                if label.isHidden() == (key in keys):
                    label.setVisible(key in keys)

    def set_dots(self, **colours: Colour) -> None:
        """Put a dot in a colour before names: that of a curve or a picture."""
        for key, rgb in colours.items():
            dot = f'<font color="{colour(rgb).name()}">●</font>'
            self._names[key].setText(f"{dot} {self.figure_names[key][0]}")

    def set_tight(self, tight: bool) -> None:
        """Move the rows closer together, for a low window."""
        self._column.setSpacing(1 if tight else 4)

    def figure_widget(self, key: str) -> QWidget:
        """Return the widget of a figure."""
        return self.values[key]

    def show_values(self, **texts: str) -> None:
        """Update the figures that have changed."""
        for key, text in texts.items():
            if self.values[key].text() != text:
                self.values[key].setText(text)

    def explain(self, **notes: str) -> None:
        """Add a sentence to the tooltips of figures: which weights they are of, or why none."""
        for key, note in notes.items():
            if self._notes.get(key) != note:
                self._notes[key] = note
                self.values[key].setToolTip("\n".join(filter(None, (self._tips[key], note))))


def training_words(status: Status, drawn: str = "mse") -> dict[str, str]:
    """The figures of `TRAINING` in words, at the moment of training that is shown.

    Loss and floor are of the loss that is drawn: "mse", "quadratic", or "gap", the MSE's.
    """
    floor = status.quadratic_floor if drawn == "quadratic" else status.mse_floor
    back, training = status.looking_back, status.state == "training"
    seconds = status.seconds if back is None else status.seconds_then
    return {
        "step": f"{status.step:,}" if back is None else f"{back:,} of {status.step:,}",
        "rate": f"{status.steps_per_second:,.0f}" if training and back is None else NONE,
        "elapsed": NONE if math.isnan(seconds) else f"{seconds:.1f} s",
        "device": status.device or STARTING,
        "loss": figure(loss_at(status, drawn)).replace("-", "−", 1),
        "floor": NONE if of_another_problem(status) else figure(floor).replace("-", "−", 1),
    }


def training_notes(status: Status, drawn: str = "mse") -> dict[str, str]:
    """What else is to be said of the figures of `TRAINING`: which loss they are of."""
    of = f"Of {status.regression.title('mse' if drawn == 'gap' else drawn)}."
    return {"loss": of, "floor": EARLIER if of_another_problem(status) else of}


def of_another_problem(status: Status) -> bool:
    """True if the losses of the moment that is shown are of shapes that were changed since."""
    back = status.looking_back
    return back is not None and back <= status.history.since


def loss_at(status: Status, drawn: str = "mse") -> float | None:
    """The mean loss of the latest blocks at the moment that is shown, with its standard error.

    Of the present problem only, unless the moment lies before that.
    """
    history, back = status.history, status.looking_back
    begin = 0 if of_another_problem(status) else _rows_until(history, history.since)
    end = len(history.steps) if back is None else _rows_until(history, back)
    losses = history.quadratic if drawn == "quadratic" else history.mse
    blocks = losses[max(begin, end - _BLOCKS) : end]
    return mean_estimate(blocks) if len(blocks) else None


def _rows_until(history: History, step: int) -> int:
    return int(np.searchsorted(history.steps, step, side="right"))


def quality_words(status: Status) -> dict[str, str]:
    """The figures of `QUALITY`, in words."""
    error = status.velocity_error
    return {
        "w2": figure(status.sliced_w2),
        "noise": figure(status.sliced_w2_floor),
        "ratio": _ratio_words(status),
        "error": percent(error, error_of(error)),
    }


def quality_notes(status: Status) -> dict[str, str]:
    """Which weights the figures of `QUALITY` are of, or why there are none."""
    of = UNMEASURED if status.of_step is None else f"Of training step {status.of_step:,}."
    missing = status.unknown or UNMEASURED
    lost = UNMEASURED if status.of_step is None else "Not known: particles have left the plane."
    w2, error = status.sliced_w2, status.velocity_error
    return {
        **dict.fromkeys(("w2", "ratio"), lost if w2 is None else of),
        "noise": of,
        "error": missing if error is None else of,
    }


def _ratio_words(status: Status) -> str:
    w2, floor = status.sliced_w2, status.sliced_w2_floor
    if w2 is None or not floor:
        return NONE
    if as_good_as_fresh(w2, floor, status.sliced_w2_spread):
        return AS_GOOD
    ratio = w2 / floor
    error = ratio * math.hypot((error_of(w2) or 0.0) / w2, (error_of(floor) or 0.0) / floor)
    return f"{to_error(ratio, error)} ×"


def percent(value: float | None, error: float | None = None) -> str:
    """A share in per cent, to the digits that its error allows, or a dash."""
    if value is None or not math.isfinite(value):
        return NONE
    return to_percent(value, error, 2 if error is None else 3)


def figure(value: float | None, digits: int = 3) -> str:
    """A value with three significant digits, or fewer and its error where it has one; or a dash."""
    if value is None or not math.isfinite(value):
        return NONE
    error = error_of(value)
    return f"{value:.{digits}g}" if error is None else to_error(value, error, digits)
