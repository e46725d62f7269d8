"""The pictures in a folder, as a network learns them: of one size, in [-1, 1]."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid
from flowlab.images.digits import Pictures

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
MOST_PIXELS = 64_000_000  # of a picture, before it is opened
MOST_BYTES = 4 * 10**9  # of all, as numbers
_COLOURS = {1: "L", 3: "RGB"}


def pictures_in(folder: Path, size: int, channels: int = 3) -> Pictures:
    """All pictures below a folder, cut to a square in the middle, (n, channels, size, size).

    Those of one subfolder are a class; without subfolders there is one class. Raises `Invalid` for
    a folder without pictures, for more than 4 GB, and for a picture that can't be read.
    """
    whole(size, "The size of the pictures", 4, 1024)
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder}.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise Invalid(f"{folder} holds no pictures ({', '.join(s[1:] for s in SUFFIXES)}).")
    if 4 * len(paths) * channels * size**2 > MOST_BYTES:
        raise Invalid(f"{len(paths):,} pictures of this size are more than 4 GB: take a smaller.")
    parents = sorted({path.parent for path in paths})
    x = torch.stack([picture_of(path, size, channels) for path in paths])
    labels = torch.tensor([parents.index(path.parent) for path in paths])
    return Pictures(x, labels)


def picture_of(path: Path, size: int, channels: int = 3) -> Tensor:
    """One picture (channels, size, size) in [-1, 1]; raises `Invalid` where it can't be read."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid(f"{path.name} has more than 64 million pixels.")
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            square = image.convert(_COLOURS[channels]).crop((left, top, left + side, top + side))
            small = square.resize((size, size), Image.Resampling.LANCZOS)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
        raise Invalid(f"{path.name} can't be read as a picture.") from error
    x = torch.from_numpy(np.array(small, np.float32)).reshape(size, size, channels)
    return x.permute(2, 0, 1) / 127.5 - 1
