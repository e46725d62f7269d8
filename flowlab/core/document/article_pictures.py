"""Two grey pictures as densities, in the place of the IADB tutorial's p0.png and p1.png."""

from __future__ import annotations

from functools import cache

import numpy as np

from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Picture
from flowlab.resources import asset


@cache
def article_pictures() -> tuple[Picture, Picture]:
    """Source (a whirl) and target (a cat), 96 x 96 pixels each; dark pixels carry the mass."""
    return _picture("p0.png"), _picture("p1.png")


def _picture(name: str) -> Picture:
    from PIL import Image  # which the first frame doesn't need

    with Image.open(asset(f"pictures/{name}")) as file:
        return Picture(pixels=Array(np.asarray(file), np.uint8), width=6.0, name=name)
