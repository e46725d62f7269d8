"""Group `tables`: reading files of points."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.array_types import Doubles

ROWS = 40_000
_MOST_SECONDS = 0.3


def rows(effort: Effort) -> Rows:
    """Seconds to read 40,000 rows x, y, columns and separators found, beside two other readers.

    numpy.loadtxt is told where everything is, and reads the file of commas. FlowLab's former reader
    took the first separator that it saw and handed the lines to numpy.
    """
    from flowlab.files.points import read_points

    xy = np.random.default_rng(0).normal(size=(ROWS, 2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cloud.csv"
        path.write_bytes(_comma(xy))
        read_points(path)  # imports what is imported when needed
        numpy = _seconds(lambda: np.loadtxt(path, delimiter=",", skiprows=1), effort.rounds)
        yield Row("numpy.loadtxt of commas", numpy, "s")
        for words, content in _KINDS.items():
            path.write_bytes(content(xy))
            seconds = _seconds(lambda: read_points(path), effort.rounds)
            note = f"{seconds / numpy:.1f} times numpy.loadtxt, {_beside_former(path, effort)}"
            yield Row(words, seconds, "s", at_most(_MOST_SECONDS), note)


def _beside_former(path: Path, effort: Effort) -> str:
    """What the former reader took for the file."""
    try:
        former(path)
    except ValueError:  # also of an encoding
        return "refused formerly"
    return f"formerly {_seconds(lambda: former(path), effort.rounds):.3g} s"


def former(path: Path) -> Doubles:
    """The numbers of a text as FlowLab read them at first: x, y and perhaps a class, no words."""
    lines = [line.replace('"', "") for line in path.read_bytes().decode().split("\n")]
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    separator = next((mark for mark in ";\t," if mark in "".join(lines[1:20])), None)
    if separator == ";":
        lines = [line.replace(",", ".") for line in lines]
    header = int(not _is_row(lines[0], separator))
    return np.loadtxt(lines[header:], delimiter=separator, comments=None, ndmin=2)


def _is_row(line: str, separator: str | None) -> bool:
    try:
        return bool([float(word) for word in line.split(separator)])
    except ValueError:
        return False


def _seconds(read: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(max(3, rounds)):
        begun = time.perf_counter()
        read()
        times.append(time.perf_counter() - begun)
    return median(times)


def _lines(xy: Doubles, line: str, header: str) -> str:
    return header + "".join(line.format(x, y) for x, y in xy.tolist())


def _comma(xy: Doubles) -> bytes:
    return _lines(xy, "{!r},{!r}\n", "x,y\n").encode()


_KINDS: dict[str, Callable[[Doubles], bytes]] = {
    "commas": _comma,
    "semicolons and decimal commas": lambda xy: (
        _lines(xy, "{!r};{!r}\n", "x;y\n").replace(".", ",").encode()
    ),
    "blanks, aligned": lambda xy: _lines(xy, "{:16.8e} {:16.8e}\n", "# x y\n").encode(),
    "tabs, UTF-16": lambda xy: _lines(xy, "{!r}\t{!r}\r\n", "x\ty\r\n").encode("utf-16"),
    "classes as words": lambda xy: _lines(xy, "{!r},{!r},cat\n", "x,y,kind\n").encode(),
    "grouped thousands": lambda xy: _lines(1e6 * xy, "{:,.2f};{:,.2f}\n", "x;y\n").encode(),
}
