"""Two grey pictures as densities: what p0.png and p1.png are to the IADB tutorial."""

from __future__ import annotations

from functools import cache

import numpy as np

from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Picture
from flowlab.resources import asset


@cache
def article_pictures() -> tuple[Picture, Picture]:
    """Source and target, a whirl and a cat: dark is mass, 96 x 96 pixels each."""
    return _picture("p0.png"), _picture("p1.png")


def _picture(name: str) -> Picture:
    from PIL import Image  # which the first frame doesn't need

    with Image.open(asset(f"pictures/{name}")) as file:
        return Picture(pixels=Array(np.asarray(file), np.uint8), width=6.0, name=name)
