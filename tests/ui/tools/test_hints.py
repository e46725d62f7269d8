"""Hints say what to do without covering the particles."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import DARK
from flowlab.ui.base.widgets import BRIEF_MS
from flowlab.ui.shell.time_bar import TimeBar
from flowlab.ui.state.playback import Playback
from flowlab.ui.tools.line_tool import LineTool
from flowlab.ui.tools.sheet import DrawingSheet

SIZE = (900, 700)


def inked(paint: object) -> np.ndarray:
    """Where something is painted, (rows, columns)."""
    image = QImage(*SIZE, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    paint(painter, Camera(), *SIZE, DARK)  # type: ignore[operator]
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., 3] > 0


def test_the_hint_of_lines_goes_with_the_first_gesture(qapp: object) -> None:
    tool = LineTool()
    tool.begin(Camera(), *SIZE)
    assert inked(tool.paint_overlay)[:60].any()
    tool.press(300, 300)
    tool.release(300, 300)  # a click draws nothing
    assert not inked(tool.paint_overlay).any()


def test_the_empty_sheet_says_what_to_do_at_its_edge_only(qapp: object) -> None:
    ink = inked(DrawingSheet().paint)
    rows, columns = np.nonzero(ink)
    inner = ink[rows.min() + 5 : rows.max() - 5, columns.min() + 5 : columns.max() - 5]
    hint = np.nonzero(inner.any(axis=1))[0]
    assert hint.size
    assert hint.min() > 0.9 * len(inner)


@pytest.mark.usefixtures("qtbot")
def test_tooltips_over_the_picture_are_brief() -> None:
    bar = TimeBar(Playback())
    assert bar.slider.toolTipDuration() == BRIEF_MS
    assert all(w.toolTipDuration() == BRIEF_MS for w in bar.findChildren(QWidget) if w.toolTip())
    bar.deleteLater()
