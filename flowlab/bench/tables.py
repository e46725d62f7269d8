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
    """Seconds to read 40,000 rows x, y, columns and separators found, beside numpy.loadtxt.

    The ratio is to numpy's reader, told where everything is, on the comma separated file.
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
            note = f"{seconds / numpy:.1f} times numpy.loadtxt"
            yield Row(words, seconds, "s", at_most(_MOST_SECONDS), note)


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
