"""Columns of numbers and words as a CSV or NPY file, for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowlab.core.document.limits import Invalid
from flowlab.files import atomic

SUFFIXES = (".csv", ".npy")


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its name, its values, and their unit where they have one."""

    name: str
    values: NDArray[Any]
    unit: str = ""

    @property
    def title(self) -> str:
        """The name with the unit, as a header says it."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


def write_numbers(path: Path, columns: Sequence[Column]) -> None:
    """Write the columns as CSV or NPY, depending on the suffix; raises `Invalid`."""
    if len({len(column.values) for column in columns}) != 1:
        raise ValueError("columns of a table have one length")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise Invalid(f"{path.name}: numbers are written as {' or '.join(SUFFIXES)}.")
    atomic.write(path, as_csv(columns) if suffix == ".csv" else as_npy(columns))


def as_csv(columns: Sequence[Column]) -> bytes:
    """A header and a row for each value; numbers are written so that they read back exactly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.title for column in columns])
    writer.writerows(zip(*(_texts(column.values) for column in columns), strict=True))
    return text.getvalue().encode("utf-8")


def _texts(values: NDArray[Any]) -> list[str]:
    if values.dtype.kind != "f":
        return [str(value) for value in values.tolist()]
    return [
        ""
        if np.isnan(value)
        else np.format_float_positional(value, trim="-")
        if value == 0 or 1e-4 <= abs(value) < 1e9
        else np.format_float_scientific(value, trim="-")
        for value in values
    ]


def as_npy(columns: Sequence[Column]) -> bytes:
    """A one-dimensional array with a named field for each column."""
    fields = [(column.title, column.values.dtype) for column in columns]
    table = np.empty(len(columns[0].values), fields)
    for column in columns:
        table[column.title] = column.values
    file = io.BytesIO()
    np.save(file, table, allow_pickle=False)
    return file.getvalue()


def free_name(folder: Path, stem: str, suffix: str) -> Path:
    """A file of this name that isn't there yet, with a number where that is needed."""
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
