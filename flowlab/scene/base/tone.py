"""Images from amounts of ink or light."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from flowlab.core.array_types import Bytes, Floats, Ints
from flowlab.scene.base.colours import FULL, OWNED, TABLE, cover_table
from flowlab.scene.base.stage import Scratch

ROWS = 128  # of pixels at a time, so that all steps but the first read from the cache


def toned(amount: Floats, gain: float, table: Ints, scratch: Scratch) -> QImage:
    """The image of `amount` (H, W) by a table of pixels; the next image overwrites it."""
    height, width = amount.shape
    pixels = scratch.array("pixels", (height, width), np.uint32)
    for row in range(0, height, ROWS):
        rows = amount[row : row + ROWS]
        np.take(table, _levels(rows, gain, scratch), out=pixels[row : row + ROWS], mode="clip")
    return _image(pixels)


def toned_mixed(amount: Floats, pad: int, gain: float, scratch: Scratch) -> QImage:
    """The image of `amount` (4, H, W) without its padding, each pixel in its mean colour.

    Only pixels with some amount are computed; if particles are few enough to mix their colours,
    those pixels are few too.
    """
    planes, columns = amount.reshape(4, -1), amount.shape[2]
    pixels = scratch.array("pixels", planes.shape[1:], np.uint32)
    pixels.fill(0)
    for start in range(pad * columns, (amount.shape[1] - pad) * columns, ROWS * columns):
        chunk = slice(start, start + ROWS * columns)
        touched = np.flatnonzero(planes[0, chunk] > 0)
        total, *colours = (plane[chunk].take(touched) for plane in planes)
        cover = cover_table().take(_levels(total, gain, scratch), mode="clip")
        cover /= total
        out = (cover * (total * np.float32(255.99))).astype(np.uint32)
        for colour in colours:
            colour *= cover
            out <<= 8
            out |= colour.astype(np.uint32)
        pixels[chunk][touched] = out
    first = pad * columns + pad
    height, width = amount.shape[1] - 2 * pad, columns - 2 * pad
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels[first:].data, width, height, 4 * columns, form)


def toned_owned(amount: Floats, owner: Bytes, gain: float, table: Ints, scratch: Scratch) -> QImage:
    """The image of `amount` (H, W), each pixel in the colour that `owner` assigns to it.

    `table` (colours * OWNED,) uint32 holds the pixels of each colour by increasing amount.
    """
    height, width = amount.shape
    pixels = scratch.array("pixels", (height, width), np.uint32)
    scale = np.float32(gain * (OWNED - 1) / FULL)
    for row in range(0, height, ROWS):
        rows = amount[row : row + ROWS]
        level, first = scratch.array("shares", (2, *rows.shape), np.float32)
        index = scratch.array("level", rows.shape, np.intp)
        np.multiply(rows, scale, out=level)
        np.minimum(level, np.float32(OWNED - 1), out=level)
        np.floor(level, out=level)
        np.multiply(owner[row : row + ROWS], np.float32(OWNED), out=first)
        level += first
        np.copyto(index, level, casting="unsafe")
        np.take(table, index, out=pixels[row : row + ROWS], mode="clip")
    return _image(pixels)


def _levels(amount: Floats, gain: float, scratch: Scratch) -> Ints:
    level = scratch.array("level", amount.shape, np.intp)
    np.multiply(amount, np.float32(gain * (TABLE - 1) / FULL), out=level, casting="unsafe")
    return level


def _image(pixels: Ints) -> QImage:
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form)
