"""The size of pictures, which no weights of convolutions tell."""

from __future__ import annotations

import re

from flowlab.images.formats.families.sketch import Sketch
from flowlab.images.formats.records import Assumption

_SIDES = (16, 28, 32, 64, 128, 256)
_NAMED = re.compile(r"(?<!\d)(16|28|32|64|128|256)(?:x\1)?(?!\d)")
_SETS = {"cifar": 32, "mnist": 28}  # sets of pictures by a word in names of files


def assumed_size(name: str, sketch: Sketch) -> Assumption:
    """The side of pictures: as the file's name says, or as is usual for such a network.

    A network that halves its pictures n times takes sides that are multiples of 2^n.
    """
    sides = tuple(side for side in _SIDES if side % 2**sketch.halvings == 0)
    named = _named(name.lower())
    if named in sides:
        return Assumption("size", named, "the file's name says so", sides)
    usual = 28 if sketch.channels == 1 and 28 in sides else sketch.usual_size
    words = "weights of convolutions fit pictures of any size"
    return Assumption("size", usual, words, (*sides, *(() if usual in sides else (usual,))))


def _named(name: str) -> int:
    for word, side in _SETS.items():
        if word in name:
            return side
    found = _NAMED.search(name)
    return int(found[1]) if found else 0
