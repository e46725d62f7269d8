"""Amounts of ink or light turned into images."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from flowlab.scene.colours import FULL, TABLE, cover_table
from flowlab.scene.stage import Scratch

Floats = np.ndarray[Any, Any]

ROWS = 64  # of pixels at a time, so that all steps but the last find them in the cache
LEAST = np.float32(1e-12)


def toned(amount: Floats, gain: float, table: Floats, scratch: Scratch) -> QImage:
    """The image of `amount` (H, W) by a table of pixels; it lives until something else is toned."""
    height, width = amount.shape
    pixels = scratch.array("pixels", (height, width), np.uint32)
    for row in range(0, height, ROWS):
        some = amount[row : row + ROWS]
        np.take(table, _levels(some, gain, scratch), out=pixels[row : row + ROWS], mode="clip")
    return _image(pixels)


def toned_colours(amount: Floats, gain: float, scratch: Scratch) -> QImage:
    """The image of `amount` (4, H, W): as opaque as dense, in the mean colour of each pixel."""
    _, height, width = amount.shape
    pixels = scratch.array("pixels", (height, width), np.uint32)
    channels = pixels.view(np.uint8).reshape(height, width, 4)  # blue, green, red, alpha
    table = cover_table()
    for row in range(0, height, ROWS):
        total, *colours = amount[:, row : row + ROWS]
        out = channels[row : row + ROWS]
        cover, mean = scratch.array("cover", (2, *total.shape), np.float32)
        np.take(table, _levels(total, gain, scratch), out=cover, mode="clip")
        np.multiply(cover, np.float32(255.99), out=out[..., 3], casting="unsafe")
        np.maximum(total, LEAST, out=mean)
        np.divide(cover, mean, out=cover)
        for c, colour in enumerate(colours):
            np.multiply(colour, cover, out=out[..., 2 - c], casting="unsafe")
    return _image(pixels)


def _levels(amount: Floats, gain: float, scratch: Scratch) -> Floats:
    level = scratch.array("level", amount.shape, np.intp)
    np.multiply(amount, np.float32(gain * (TABLE - 1) / FULL), out=level, casting="unsafe")
    return level


def _image(pixels: Floats) -> QImage:
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form)
