"""The numbers behind the picture: points, metrics and loss as tables for other programs."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from flowlab.core.array_types import Ints
from flowlab.core.document.classes import class_name
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.estimates import error_of
from flowlab.core.views.bundle import Bundle
from flowlab.files.number_table import SUFFIXES, Column, free_name, write_numbers
from flowlab.scene.particles.particle_colours import labelled_end

if TYPE_CHECKING:
    from flowlab.work.figures import Figure
    from flowlab.work.status import Status

FILTERS = {".csv": "Comma separated values (*.csv)", ".npy": "NumPy array (*.npy)"}
UNITS = {
    "seconds": "s",
    "steps_per_second": "1/s",
    "angle": "degrees",
    "likelihood": "nats",
    "model": "nats",
    "integration": "nats",
}
COUNTS = ("step", "seconds", "steps_per_second", "nfe")  # of the status, beside its measures

Columns = list[Column]


def points(bundle: Bundle, t: float, document: Document) -> Columns:
    """The particles as they lie in the picture at t, with their classes if they have any.

    A class is the word that it has in the file of its points, or else its number. Raises
    `Invalid` where there are no particles.
    """
    exact = bundle.exact if document.view.shows == "exact" else None
    shown = bundle if exact is None else exact
    places = np.asarray(shown.at(t))
    if not len(places):
        raise Invalid("This view shows no points; choose another view first.")
    columns = [Column("x", places[:, 0].copy()), Column("y", places[:, 1].copy())]
    labels = shown.labels if shown.labels is not None else bundle.labels
    return columns if labels is None else [*columns, _classes(labels, bundle, document)]


def _classes(labels: Ints, bundle: Bundle, document: Document) -> Column:
    """The classes as words, or as whole numbers where all are such."""
    shape = labelled_end(document, bundle)
    kinds, places = np.unique(np.asarray(labels), return_inverse=True)
    names = [class_name(int(kind), shape) for kind in kinds]
    numbers = all(name.isdecimal() and len(name) < 10 for name in names)
    return Column("class", np.array([int(n) for n in names] if numbers else names)[places])


def loss(status: Status) -> Columns:
    """The loss curves; raises `Invalid` if there are none yet."""
    history = status.history
    if not len(history.steps):
        raise Invalid("There is no loss yet; train first.")
    squared = "twice the implicit loss" if status.regression.implicit else "squared error"
    return [
        Column("step", np.asarray(history.steps).astype(np.int64)),
        Column(squared, np.asarray(history.mse)),
        Column(
            "implicit loss" if status.regression.implicit else "quadratic loss",
            np.asarray(history.quadratic),
        ),
    ]


def metrics(status: Status) -> Columns:
    """Every figure that is known, one in a row; raises `Invalid` if none is."""
    rows = [_Row(name, getattr(status, name), step=status.step) for name in COUNTS]
    rows += [_of_measure(name, value, status) for name, value in _measures(status).items()]
    rows += [_of_figure(name, figure) for name, figure in status.figures.items()]
    rows = [row for row in rows if row.value is not None]
    if len(rows) <= len(COUNTS):
        raise Invalid("No figure is known yet; they come while the flow is shown or trained.")
    return [
        Column("metric", np.array([row.name for row in rows])),
        Column("value", _floats([row.value for row in rows])),
        Column("unit", np.array([UNITS.get(row.name, "") for row in rows])),
        Column("standard error", _floats([row.error for row in rows])),
        Column("of a perfect flow", _floats([row.floor for row in rows])),
        Column("its standard deviation", _floats([row.spread for row in rows])),
        Column("samples", np.array([row.n for row in rows])),
        Column("training step", np.array([row.step for row in rows])),
        Column("its standard error", _floats([error_of(row.floor) for row in rows])),
    ]


class _Row(NamedTuple):
    """One figure with all that is known of it."""

    name: str
    value: float | None
    error: float | None = None
    floor: float | None = None
    spread: float | None = None
    n: int = 0
    step: int = 0


def _measures(status: Status) -> dict[str, Any]:
    from flowlab.work.status import Measures

    return {spec.name: getattr(status, spec.name) for spec in dataclasses.fields(Measures)}


def _of_measure(name: str, value: Any, status: Status) -> _Row:
    known = value if isinstance(value, float) else None
    step = status.step if status.of_step is None else status.of_step
    return _Row(name, known, error_of(known), n=getattr(known, "n", 0), step=step)


def _of_figure(name: str, figure: Figure) -> _Row:
    error, floor, spread = figure.error, figure.floor, figure.spread
    return _Row(name, figure.value, error, floor, spread, figure.n, figure.step)


def _floats(values: list[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values], float)


def save(parent: QWidget, columns: Columns, what: str, folder: Path, stem: str) -> Path | None:
    """Ask for a file and write the columns; None if the user cancels. Raises `Invalid`."""
    proposed = free_name(folder, _file_stem(f"{stem}-{what}"), SUFFIXES[0])
    name, chosen = QFileDialog.getSaveFileName(
        parent, f"Export the {what}", str(proposed), ";;".join(FILTERS.values())
    )
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() not in SUFFIXES:
        suffix = next((s for s, words in FILTERS.items() if words == chosen), SUFFIXES[0])
        path = path.with_name(path.name + suffix)
        if path.exists() and not _may_replace(parent, path):
            return None
    write_numbers(path, columns)
    return path


def _may_replace(parent: QWidget, path: Path) -> bool:
    """Ask about a file that the dialog could not ask about: its suffix was added since."""
    buttons = QMessageBox.StandardButton
    question = f"{path.name} is there already. Replace it?"
    answer = QMessageBox.question(
        parent, "FlowLab", question, buttons.Yes | buttons.Cancel, buttons.Cancel
    )
    return answer == buttons.Yes


def _file_stem(words: str) -> str:
    return re.sub(r'[<>:"/\\|?*\s]+', "-", words).strip("-. ") or "flow"
