"""Many lines as one path, read back element by element."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainterPath

from flowlab.scene.base.lines import path_of, segments_of

LINES = np.random.default_rng(0).normal(size=(3, 4, 2))


def elements(path: QPainterPath) -> list[tuple[bool, float, float]]:
    """Each element of a path: True if it moves the pen, and its place."""
    found = [path.elementAt(k) for k in range(path.elementCount())]
    return [(e.isMoveTo(), e.x, e.y) for e in found]


def drawn(lines: list[np.ndarray]) -> list[tuple[bool, float, float]]:
    return [(k == 0, float(x), float(y)) for line in lines for k, (x, y) in enumerate(line)]


def test_each_line_begins_anew() -> None:
    assert elements(path_of(LINES)) == drawn(list(LINES))
    closed = [np.concatenate([line, line[:1]]) for line in LINES]
    assert elements(path_of(LINES, closed=True)) == drawn(closed)
    assert path_of(np.zeros((0, 3, 2))).isEmpty()


def test_it_breaks_where_a_point_is_not_finite() -> None:
    broken = LINES.copy()
    broken[0, 0] = np.nan
    broken[1, 2, 1] = np.inf
    broken[2] = np.nan
    left = [broken[0, 1:], broken[1, :2], broken[1, 3:]]
    assert elements(path_of(broken)) == drawn(left)


def test_pieces_are_single_and_finite() -> None:
    broken = LINES.copy()
    broken[1, 1] = np.nan
    found = [(p.x1(), p.y1(), p.x2(), p.y2()) for p in segments_of(broken)]
    wanted = [(*line[k], *line[k + 1]) for line in (LINES[0],) for k in range(3)]
    wanted += [(*LINES[1, 2], *LINES[1, 3])]
    wanted += [(*LINES[2, k], *LINES[2, k + 1]) for k in range(3)]
    assert found == [tuple(map(float, piece)) for piece in wanted]
