"""Many lines as one Qt object."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QLineF
from PySide6.QtGui import QPainterPath

from flowlab.core.array_types import Floats

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])  # a path element in Qt's stream


def path_of(lines: Floats, closed: bool = False) -> QPainterPath:
    """One path through n lines (n, S, 2) of S points each; lines break at non-finite points."""
    n, samples = lines.shape[:2]
    if closed:
        lines = np.concatenate([lines, lines[:, :1]], axis=1)
        samples += 1
    good = np.isfinite(lines[..., 0]) & np.isfinite(lines[..., 1])
    begins = np.ones((n, samples), bool)
    begins[:, 1:] = ~good[:, :-1]
    elements = np.empty(int(good.sum()), _ELEMENT)
    elements["kind"] = ~begins[good]
    elements["x"], elements["y"] = lines[good].T
    path = QPainterPath()
    if len(elements):
        # Reading 2,000 elements from Qt's stream format takes 0.4 ms, calls of lineTo take 2 ms.
        head, tail = np.array([len(elements)], ">i4"), np.array([0, 0], ">i4")
        data = QByteArray(head.tobytes() + elements.tobytes() + tail.tobytes())
        stream = QDataStream(data, QIODevice.OpenModeFlag.ReadOnly)
        stream >> path
    return path


def segments_of(lines: Floats) -> list[QLineF]:
    """The segments of lines (n, S, 2), one by one; Qt draws wide ones faster than a wide path."""
    pieces = np.concatenate([lines[:, :-1], lines[:, 1:]], axis=-1).reshape(-1, 4)
    pieces = pieces[np.isfinite(pieces).all(1)]
    return [QLineF(*piece) for piece in pieces.tolist()]
