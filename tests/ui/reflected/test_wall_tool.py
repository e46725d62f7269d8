"""The tool that draws walls, without a canvas: what it draws, and where it zooms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from flowlab.scene.base.camera import Camera
from flowlab.scene.base.style import DARK, LIGHT, Theme
from flowlab.ui.reflected.wall_sheet import CORNER
from flowlab.ui.reflected.wall_tool import MOST_CORNERS, WallTool

WIDE, HIGH = 400, 300
CAMERA = Camera(0.0, 0.0, 1.5)  # 100 pixels for a unit


@pytest.fixture
def tool(qtbot: QtBot) -> WallTool:
    made = WallTool()
    made.begin(CAMERA, WIDE, HIGH)
    return made


def painted(tool: WallTool, theme: Theme = DARK) -> QImage:
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    tool.paint_overlay(painter, CAMERA, WIDE, HIGH, theme)
    painter.end()
    return image


def click(tool: WallTool, *places: tuple[float, float]) -> None:
    for x, y in places:
        tool.press(x, y)
        tool.release(x, y)


def is_like(pixel: QColor, colour: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(pixel.getRgb()[:3], colour, strict=True)) < 70


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_polygon_so_far_is_drawn_and_closed_by_a_dashed_line(
    tool: WallTool, theme: Theme
) -> None:
    click(tool, (100, 100), (300, 100), (300, 250))
    tool.move(100, 250)
    image = painted(tool, theme)
    assert is_like(image.pixelColor(200, 100), theme.learned)  # a wall
    assert is_like(image.pixelColor(300, 250 - round(CORNER) + 1), theme.learned)  # a corner
    column = [is_like(image.pixelColor(100, y), theme.learned) for y in range(115, 240)]
    changes = sum(a != b for a, b in pairwise(column))
    assert changes > 6  # dashes from the cursor to the first corner
    assert not is_like(image.pixelColor(200, 200), theme.learned)


def test_the_walls_there_are_and_the_target_are_behind(tool: WallTool) -> None:
    tool.rings = (np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]),)
    tool.cloud = np.array([[0.5, 0.0]], np.float32)
    image = painted(tool)
    assert image.pixelColor(300, 200).getRgb()[:3] != DARK.canvas
    assert image.pixelColor(250, 150).blue() > image.pixelColor(250, 150).red() + 30
    assert image.pixelColor(210, 170).getRgb()[:3] == DARK.canvas


def test_other_buttons_and_too_many_corners_do_nothing(tool: WallTool) -> None:
    tool.press(10, 10, 1.0, Qt.MouseButton.RightButton)
    tool.release(10, 10)
    assert not tool.busy
    click(
        tool,
        (390, 290),
        *[(10 + 3 * (k % 100), 10 + 3 * (k // 100)) for k in range(MOST_CORNERS + 5)],
    )
    assert len(tool.corners) == MOST_CORNERS


def test_a_corner_isn_t_put_down_twice(tool: WallTool) -> None:
    click(tool, (100, 100), (100, 100), (200, 100))
    assert len(tool.corners) == 2


def test_the_wheel_zooms(tool: WallTool, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tool.zoomed) as zoomed:
        tool.wheel(120)
    assert zoomed.args[0] == pytest.approx(1.0015**120)
