"""Pictures laid out in rows and columns, as one picture of whole numbers."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from flowlab.core.array_types import Bytes
from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid

MOST_PICTURES = 4096
GAP = 2  # pixels between two pictures
_GREY = 40  # of the gaps


def as_bytes(pictures: Tensor, pixel_range: tuple[float, float] = (-1.0, 1.0)) -> Bytes:
    """Pictures (n, c, h, w), c 1 or 3, as colours (n, h, w, 3) of 0 to 255; beyond it is cut.

    Raises `Invalid` for another number of channels.
    """
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3):
        raise Invalid(
            f"Pictures have 1 channel or 3, as (n, c, h, w), not {tuple(pictures.shape)}."
        )
    low, high = pixel_range
    share = ((pictures.detach().cpu().float() - low) / (high - low)).nan_to_num(0.5)
    x = (share.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    colours: Bytes = np.broadcast_to(x, (*x.shape[:3], 3))
    return colours


def tiled(colours: Bytes, columns: int | None = None, scale: int = 1) -> Bytes:
    """Pictures (n, h, w, 3) side by side, (H, W, 3); about as many rows as columns if None.

    Each pixel becomes `scale` x `scale`. Raises `Invalid` for more than 4,096 pictures.
    """
    n = whole(len(colours), "The number of pictures", 1, MOST_PICTURES)
    columns = min(n, columns or math.ceil(math.sqrt(n)))
    rows = -(-n // columns)
    large = colours.repeat(scale, 1).repeat(scale, 2)
    height, width = large.shape[1] + GAP, large.shape[2] + GAP
    sheet = np.full((rows * height + GAP, columns * width + GAP, 3), _GREY, np.uint8)
    for k, picture in enumerate(large):
        y, x = GAP + k // columns * height, GAP + k % columns * width
        sheet[y : y + height - GAP, x : x + width - GAP] = picture
    return sheet
