"""Grey pictures from PNG, JPEG and WebP files, refused before decoding if they are too large."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from flowlab.core.array_types import Bytes
from flowlab.core.document.arrays import Array
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Picture
from flowlab.files.picture_pieces import check_pieces
from flowlab.files.reading import (
    Progress,
    one_line,
    open_file,
    refusing,
    relayed,
    silent,
    size_of,
)

LONGEST_SIDE = 512
_FORMATS = ("PNG", "JPEG", "WEBP")
_MOST_BYTES = 200_000_000
_MOST_PER_SIDE = 16_384
_MOST_PIXELS, _MOST_PROGRESSIVE, _MOST_WEBP = (
    100_000_000,
    50_000_000,
    25_000_000,
)  # each about 0.4 GB decoded
_STRIP = 4_000_000  # pixels that are converted at a time


def read_picture(path: str | Path, progress: Progress = silent) -> Picture:
    """The picture in grey over white, its longer side at most 512 pixels.

    With a light border dark pixels carry the mass, with a dark border light ones. `progress` is
    called before and after the decoding; whatever it raises ends the reading. Raises `Invalid` for
    a file that isn't a PNG, JPEG or WebP picture, is damaged, or needs over 0.5 GB to decode.
    """
    path = Path(path)
    name = one_line(path.name)
    with relayed(progress) as tell, refusing(f"{name} cannot be read"), open_file(path) as file:
        tell(0.0)
        _check_file(file, name, lambda share: tell(share / 2))
        tell(0.5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on size (checked here) and metadata
            pixels = _grey(file, name)
        tell(1.0)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    light = bool(np.median(border) > 127)
    return Picture(pixels=Array(pixels, np.uint8), dark_is_mass=light, name=_printable(path.name))


def _printable(name: str) -> str:
    """The name with question marks for invalid characters, so that a session can store it."""
    return name.encode("utf-8", "replace").decode()[:200]


def _check_file(file: BinaryIO, name: str, tell: Progress) -> None:
    """Raise `Invalid` for a file that is empty, too large, or has too many pieces."""
    size = size_of(file)
    if size == 0:
        raise Invalid(f"{name} is empty; choose a PNG, JPEG or WebP picture.")
    if size > _MOST_BYTES:
        raise Invalid(f"{name} is larger than {_MOST_BYTES // 10**6} MB; make it smaller first.")
    check_pieces(file, size, name, tell)


def _grey(file: BinaryIO, name: str) -> Bytes:
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _refuse_too_large(image, name)
            return _decoded(image)
    except Image.DecompressionBombError:
        most = f"{_MOST_PIXELS // 10**6} million"
        raise Invalid(f"{name} has over {most} pixels; make it smaller first.") from None
    except UnidentifiedImageError:
        raise Invalid(f"{name} is not a PNG, JPEG or WebP picture, or is damaged.") from None
    except (Invalid, MemoryError):
        raise
    except Exception:  # Pillow has many kinds for damage
        raise Invalid(f"{name} is damaged or cut short; choose another picture.") from None


def _refuse_too_large(image: Image.Image, name: str) -> None:
    most = _MOST_WEBP if image.format == "WEBP" else _MOST_PIXELS
    if "progressive" in image.info:  # all of its coefficients are held at once
        most = _MOST_PROGRESSIVE
    width, height = image.size
    if max(image.size) > _MOST_PER_SIDE or width * height > most:
        raise Invalid(
            f"{name} is {width:,} × {height:,} pixels; make it at most {_MOST_PER_SIDE:,} a "
            f"side and {most // 10**6} million in all."
        )


def _decoded(image: Image.Image) -> Bytes:
    image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # lets JPEG decode small
    image.load()
    factor = max(image.size) // (2 * LONGEST_SIDE)
    small = _reduced(image, factor) if factor > 1 else image
    grey = _levels(ImageOps.exif_transpose(small)).convert("LA")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    tone, opacity = np.moveaxis(np.asarray(grey, dtype=np.float64), 2, 0)
    over_white = 255 + (tone - 255) * opacity / 255
    return np.asarray(np.round(over_white), dtype=np.uint8)


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Box averages of `factor` x `factor` pixels, by strips, since a full copy may take GBs."""
    width, height = image.size
    small = Image.new("LA", (-(-width // factor), -(-height // factor)))
    rows = factor * max(1, _STRIP // (width * factor))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        small.paste(_levels(strip).convert("LA").reduce(factor), (0, top // factor))
    small.info = {key: image.info[key] for key in _TURNING if key in image.info}
    return small


_TURNING = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")  # which side is up


def _levels(image: Image.Image) -> Image.Image:
    """Any mode with 8 bits per channel and transparency; 16 bits are scaled (Pillow clips)."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))
    if image.mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    clear = image.mode in ("PA", "RGBa", "La") or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")
