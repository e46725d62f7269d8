"""Grey pictures from PNG, JPEG and WebP files, refused before decoding if they are too large."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from flowlab.core.arrays import Array
from flowlab.core.limits import Invalid
from flowlab.core.shapes import Picture

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

LONGEST_SIDE = 512
_FORMATS = ("PNG", "JPEG", "WEBP")
_MOST_PER_SIDE, _MOST_PIXELS = 16_384, 100_000_000
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def read_picture(path: str | Path) -> Picture:
    """The picture in grey over white, its longer side at most 512 pixels.

    A light border makes dark the mass, a dark border light. Raises `Invalid` for what is not a
    PNG, JPEG or WebP picture, is damaged, or has over 16,384 pixels a side or 100 million in all.
    """
    path = Path(path)
    try:
        if path.stat().st_size == 0:
            raise Invalid(f"{path.name} is empty; choose a PNG, JPEG or WebP picture.")
    except OSError as error:
        raise Invalid(f"{path.name} cannot be read: {error.strerror or error}.") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on size (checked here) and metadata
        pixels = _grey(path)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    light = bool(np.median(border) > 127)
    return Picture(pixels=Array(pixels, np.uint8), dark_is_mass=light, name=path.name[:200])


def _grey(path: Path) -> Pixels:
    try:
        with Image.open(path, formats=_FORMATS) as image:
            _refuse_too_large(image.size, path.name)
            return _decoded(image)
    except Image.DecompressionBombError:
        most = f"{_MOST_PIXELS // 10**6} million"
        raise Invalid(f"{path.name} has over {most} pixels; make it smaller first.") from None
    except UnidentifiedImageError:
        raise Invalid(f"{path.name} is not a PNG, JPEG or WebP picture, or is damaged.") from None
    except Invalid:
        raise
    except _BROKEN:
        raise Invalid(f"{path.name} is damaged or cut short; choose another picture.") from None


def _refuse_too_large(size: tuple[int, int], name: str) -> None:
    if max(size) > _MOST_PER_SIDE or size[0] * size[1] > _MOST_PIXELS:
        raise Invalid(
            f"{name} is {size[0]:,} × {size[1]:,} pixels; make it at most {_MOST_PER_SIDE:,} a "
            f"side and {_MOST_PIXELS // 10**6} million in all."
        )


def _decoded(image: Image.Image) -> Pixels:
    image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # lets JPEG decode small
    image.load()
    turned = ImageOps.exif_transpose(image)
    grey = _levels(turned).convert("LA")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    tone, opacity = np.moveaxis(np.asarray(grey, dtype=np.float64), 2, 0)
    over_white = 255 + (tone - 255) * opacity / 255
    return np.asarray(np.round(over_white), dtype=np.uint8)


def _levels(image: Image.Image) -> Image.Image:
    """Any mode as 8 bits a channel, with its transparency; Pillow would clip 16 bits, not scale."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))
    if image.mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    clear = image.mode in ("PA", "RGBa", "La") or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")
