"""The numbers behind the picture: points, metrics and loss as tables for other programs."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from flowlab.core.document.limits import Invalid
from flowlab.core.views.bundle import Bundle
from flowlab.files.number_table import SUFFIXES, Column, free_name, write_numbers

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


def points(bundle: Bundle, t: float, shows: str = "learned") -> Columns:
    """The particles as they lie in the picture at t, with their classes if they have any.

    Raises `Invalid` where there are none.
    """
    shown = bundle.exact if shows == "exact" and bundle.exact is not None else bundle
    places = np.asarray(shown.at(t))
    if not len(places):
        raise Invalid("This view shows no points; choose another view first.")
    columns = [Column("x", places[:, 0].copy()), Column("y", places[:, 1].copy())]
    labels = shown.labels if shown.labels is not None else bundle.labels
    return columns if labels is None else [*columns, Column("class", np.asarray(labels) + 1)]


def loss(status: Status) -> Columns:
    """The loss curves; raises `Invalid` if there are none yet."""
    history = status.history
    if not len(history.steps):
        raise Invalid("There is no loss yet; train first.")
    return [
        Column("step", np.asarray(history.steps).astype(np.int64)),
        Column("squared error", np.asarray(history.mse)),
        Column("quadratic loss", np.asarray(history.quadratic)),
    ]


def metrics(status: Status) -> Columns:
    """Every figure that is known, one in a row; raises `Invalid` if none is."""
    rows = [(name, getattr(status, name), None, None, 0, status.step) for name in COUNTS]
    rows += [
        (name, value, None, None, 0, status.step)
        for name, value in _measures(status).items()
        if isinstance(value, float | int)
    ]
    rows += [_row(name, figure) for name, figure in status.figures.items()]
    rows = [row for row in rows if row[1] is not None]
    if len(rows) <= len(COUNTS):
        raise Invalid("No figure is known yet; they come while the flow is shown or trained.")
    names, values, floors, spreads, counts, steps = zip(*rows, strict=True)
    return [
        Column("metric", np.array(names)),
        Column("value", _floats(values)),
        Column("unit", np.array([UNITS.get(name, "") for name in names])),
        Column("of a perfect flow", _floats(floors)),
        Column("standard deviation", _floats(spreads)),
        Column("samples", np.array(counts)),
        Column("training step", np.array(steps)),
    ]


def _measures(status: Status) -> dict[str, Any]:
    from flowlab.work.status import Measures

    return {spec.name: getattr(status, spec.name) for spec in dataclasses.fields(Measures)}


def _row(name: str, figure: Figure) -> tuple[Any, ...]:
    return name, figure.value, figure.floor, figure.spread, figure.n, figure.step


def _floats(values: tuple[float | None, ...]) -> Any:
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
