"""Animated GIF: one palette for all pictures, no dither, only what changed."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import GifImagePlugin, Image
from PySide6.QtGui import QImage

from flowlab.scene.export.pictures import Images, Size, changed_box, rgb_of, ticks

Bytes = np.ndarray[Any, Any]

CLEAR = 255  # the palette's last entry stands for "as before"
BITS = 6  # of each channel that decide the entry


def write_gif(
    path: Path, images: Images, size: Size, fps: float, count: int, typical: list[QImage]
) -> None:
    """Write a GIF that loops for ever, with colours chosen from the `typical` pictures."""
    palette = palette_of([rgb_of(image) for image in typical])
    entries = nearest_entries(palette)
    before: Bytes | None = None
    with path.open("wb") as file:
        file.write(_head(size, palette))
        for image, stay in zip(images, ticks(fps, 100, count), strict=True):
            after = _indexed(rgb_of(image), entries)
            file.write(_picture(before, after, stay))
            before = after
        file.write(b";")


def palette_of(pictures: list[Bytes]) -> Bytes:
    """Colours (256, 3) uint8: the ground of the first picture, and 254 by median cut of all."""
    tall = Image.fromarray(np.concatenate([picture[::2, ::2] for picture in pictures]))
    few = tall.quantize(CLEAR - 1, Image.Quantize.MEDIANCUT).getpalette() or []
    palette = np.zeros((256, 3), np.uint8)
    palette[0] = pictures[0][1, 1]
    chosen = np.array(few, np.uint8).reshape(-1, 3)[: CLEAR - 1]
    palette[1 : 1 + len(chosen)] = chosen
    palette[1 + len(chosen) :] = palette[0]
    return palette


def nearest_entries(palette: Bytes) -> Bytes:
    """For each colour of BITS bits a channel, the entry of the palette nearest to it."""
    levels = (np.arange(1 << BITS) * 255.0 / ((1 << BITS) - 1)).astype(np.float32)
    colours = palette[:CLEAR].astype(np.float32)
    green, blue = (axis.reshape(-1) for axis in np.meshgrid(levels, levels, indexing="ij"))
    half = 0.5 * (colours**2).sum(1)
    rest = half - green[:, None] * colours[:, 1] - blue[:, None] * colours[:, 2]
    # the same squared distance up to a term that all entries share
    rows = [np.argmin(rest - red * colours[:, 0], axis=1) for red in levels]
    table = np.concatenate(rows).astype(np.uint8)
    table[_key(palette[:1])] = 0  # the ground stays exactly itself
    return table


def _key(rgb: Bytes) -> Bytes:
    red, green, blue = ((rgb[..., k] >> (8 - BITS)).astype(np.int32) for k in range(3))
    key: Bytes = (red << 2 * BITS) | (green << BITS) | blue
    return key


def _indexed(rgb: Bytes, entries: Bytes) -> Bytes:
    return entries[_key(rgb)]


def _head(size: Size, palette: Bytes) -> bytes:
    """Signature, size, palette, and the block that makes viewers loop."""
    screen = b"GIF89a" + struct.pack("<HHBBB", *size, 0b1111_0111, 0, 0)
    return screen + palette.tobytes() + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def _picture(before: Bytes | None, after: Bytes, stay: int) -> bytes:
    """The part that changed, shown for `stay` hundredths of a second; the rest shines through."""
    x, y, width, height = changed_box(before, after)
    part = after[y : y + height, x : x + width].copy()
    if before is not None:
        part[part == before[y : y + height, x : x + width]] = CLEAR
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 0b0000_0101, stay, CLEAR, 0)
    place = struct.pack("<BHHHHB", 0x2C, x, y, width, height, 0)
    return control + place + _compressed(part)


def _compressed(part: Bytes) -> bytes:
    """Pillow's LZW of the indices; its blocks follow the image descriptor and a code size."""
    image = Image.fromarray(part)
    blocks = GifImagePlugin.getdata(image.convert("P"), include_color_table=False)
    # blocks: [graphic control,] image descriptor with code size, data sub-blocks, terminator
    data = b"".join(blocks)
    start = data.index(b"\x2c") + 10
    return data[start:]
