"""Cached drawings: how often they are drawn, and the same pixels as without a cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from flowlab.scene.base.image_cache import clear_image, paint_cached, paint_grown

WIDTH, HEIGHT = 60, 50
CORNERS = np.array([[10.0, 12.0], [40.0, 30.0]], np.float32)
AROUND = (CORNERS, 2.0)


class Squares:
    """Draws piece k as a red square at x = 10 + 5 k, and counts."""

    def __init__(self):
        self.calls: list[list[int]] = []

    def all(self, painter):
        self.pieces(painter, range(4))

    def pieces(self, painter, pieces):
        self.calls.append(list(pieces))
        for k in pieces:
            painter.fillRect(QRectF(10 + 5 * k, 14, 4, 6), QColor(255, 0, 0))


@pytest.fixture
def stage(scenes):
    return scenes.stage_of(scenes.frame_of(None), WIDTH, HEIGHT)


def on_image(paint):
    """Red (H, W) of what `paint(painter)` leaves on a black image."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)
    return rows[..., 2].copy()


def expected(count):
    """The red of the first squares, written by hand."""
    red = np.zeros((HEIGHT, WIDTH), np.uint8)
    for k in range(count):
        red[14:20, 10 + 5 * k : 14 + 5 * k] = 255
    return red


def cached(stage, squares, key="key", after=1):
    return on_image(
        lambda painter: paint_cached(painter, stage, "a", key, AROUND, squares.all, after=after)
    )


def grown(stage, squares, pieces, key="key"):
    return on_image(
        lambda painter: paint_grown(painter, stage, "b", key, AROUND, squares.pieces, pieces)
    )


def test_a_drawing_is_drawn_twice_and_then_copied(stage):
    squares = Squares()
    for _ in range(5):
        np.testing.assert_array_equal(cached(stage, squares), expected(4))
    assert len(squares.calls) == 2  # once on the screen, once on the image


@pytest.mark.parametrize("after", [0, 3])
def test_the_image_begins_after_so_many_calls(stage, after):
    squares = Squares()
    for _ in range(6):
        cached(stage, squares, after=after)
    assert len(squares.calls) == after + 1


def test_another_key_or_camera_is_drawn_anew(stage):
    squares = Squares()
    cached(stage, squares, "one")
    cached(stage, squares, "two")
    camera = replace(stage.frame.camera, half_height=1.0)
    cached(replace(stage, frame=replace(stage.frame, camera=camera)), squares, "two")
    assert len(squares.calls) == 3


@pytest.mark.parametrize("change", ["export", "vector"])
def test_exports_have_no_images(stage, change):
    frame = replace(stage.frame, quality="export" if change == "export" else "live")
    stage, squares = replace(stage, frame=frame, vector=change == "vector"), Squares()
    for _ in range(3):
        cached(stage, squares)
        np.testing.assert_array_equal(grown(stage, squares, 2), expected(2))
    assert squares.calls == 3 * [[0, 1, 2, 3], [0, 1]]


def test_each_piece_is_drawn_once_as_the_image_grows(stage):
    squares = Squares()
    for count in (1, 1, 3, 4):
        np.testing.assert_array_equal(grown(stage, squares, count), expected(count))
    assert squares.calls == [[0], [1, 2], [3]]


def test_an_image_that_goes_back_begins_again(stage):
    squares = Squares()
    grown(stage, squares, 4)
    np.testing.assert_array_equal(grown(stage, squares, 2), expected(2))
    assert squares.calls == [[0, 1, 2, 3], [0, 1]]


def test_an_image_holds_what_is_within_reach_and_on_the_picture(stage):
    place, image = clear_image(stage, CORNERS, 2.0)
    assert place == (6, 8)  # the first corner less its reach, and 2 pixels of margin
    assert (image.width(), image.height()) == (38, 26)
    near_edge = CORNERS - np.array([9.0, 11.0], np.float32)
    assert clear_image(stage, near_edge, 2.0)[0] == (0, 0)


def test_there_is_no_image_off_the_picture(stage):
    assert clear_image(stage, CORNERS + np.float32(500), 2.0) == ((0, 0), None)
    assert clear_image(stage, np.full((3, 2), np.nan, np.float32), 2.0) == ((0, 0), None)
