"""Text to pixels, by FreeType and the bundled fonts, the same on every machine."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from flowlab.core.limits import Invalid
from flowlab.resources import asset

FONTS = {
    "sans": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif-Bold.ttf",
    "mono": "DejaVuSansMono-Bold.ttf",
}
LONGEST_SIDE = 512
_SMALLEST, _TRIAL = 40, 100  # font sizes in pixels
_NO_CHARACTER = "\uffff"  # is assigned to nothing, so every font shows its empty box


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = str(asset(f"fonts/{FONTS[name]}"))
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def ink(line: str, font: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Ink 0 to 1 (rows, columns) of the line, row 0 at the top, cropped to what is inked.

    The longest side is about 512 pixels, more for lines whose letters would get too small.
    Raises `Invalid` for a character that the font lacks, or if nothing is visible.
    """
    line = unicodedata.normalize("NFC", line.strip())
    trial = _font(font, _TRIAL)
    _refuse_missing(line, font, trial)
    left, top, right, bottom = trial.getbbox(line)
    longest = max(right - left, bottom - top, 1)
    size = max(_SMALLEST, round(_TRIAL * LONGEST_SIDE / longest))
    pixels = _draw(line, _font(font, min(size, LONGEST_SIDE)))
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        raise Invalid("The text leaves no ink; type a visible character.")
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / 255


def _draw(line: str, font: ImageFont.FreeTypeFont) -> np.ndarray[Any, np.dtype[np.float64]]:
    left, top, right, bottom = font.getbbox(line)
    size = (int(right - left) + 4, int(bottom - top) + 4)
    image = Image.new("L", size)
    ImageDraw.Draw(image).text((2 - left, 2 - top), line, font=font, fill=255)
    return np.asarray(image, dtype=np.float64)


def _refuse_missing(line: str, name: str, font: ImageFont.FreeTypeFont) -> None:
    box = bytes(font.getmask(_NO_CHARACTER))
    for character in dict.fromkeys(line):
        if not character.isprintable() or bytes(font.getmask(character)) == box:
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            raise Invalid(f"The {name} font has no character “{shown}”; type the text without it.")
