"""Text to pixels, by FreeType and the bundled fonts: the same on every machine."""

from __future__ import annotations

import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from flowlab.core.array_types import Doubles, Ints
from flowlab.core.document.limits import Invalid
from flowlab.resources import asset

FONTS = {
    "sans": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif-Bold.ttf",
    "mono": "DejaVuSansMono-Bold.ttf",
}
LONGEST_SIDE = 512
_SMALLEST, _TRIAL = 40, 100  # font sizes in pixels
_NO_CHARACTER = "\uffff"  # a noncharacter: every font shows its missing-glyph box


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = str(asset(f"fonts/{FONTS[name]}"))
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def ink(line: str, font: str) -> Doubles:
    """Ink 0 to 1 (rows, columns) of the line; see `letters`."""
    return letters(line, font)[0]


def letters(line: str, font: str) -> tuple[Doubles, Ints]:
    """Ink 0 to 1 (rows, columns), row 0 at the top, cropped, and the letter of each column.

    Letters are counted from 0 without spaces. The longest side is about 512 pixels, more for lines
    whose letters would get too small. Raises `Invalid` for a character that the font lacks, or if
    nothing is visible.
    """
    line = unicodedata.normalize("NFC", line.strip())
    trial = _font(font, _TRIAL)
    _refuse_missing(line, font, trial)
    left, top, right, bottom = trial.getbbox(line)
    longest = max(right - left, bottom - top, 1)
    size = max(_SMALLEST, round(_TRIAL * LONGEST_SIDE / longest))
    used = _font(font, min(size, LONGEST_SIDE))
    pixels = _draw(line, used)
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        raise Invalid("The text leaves no ink; type a visible character.")
    cropped = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / 255
    return cropped, _letter_of(np.arange(columns[0], columns[-1] + 1), line, used)


def _letter_of(columns: Ints, line: str, font: ImageFont.FreeTypeFont) -> Ints:
    """The letter (n,) that each column belongs to, by where the next letter starts."""
    starts = [font.getlength(line[:k]) for k, c in enumerate(line) if not c.isspace()]
    left = font.getbbox(line)[0]
    return np.searchsorted(np.array(starts[1:]) + 2 - left, columns + 0.5, side="right")


def _draw(line: str, font: ImageFont.FreeTypeFont) -> Doubles:
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
