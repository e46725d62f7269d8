"""How a picture's caption is laid out: on one line, or on a few where it is too long."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from flowlab.scene.furniture.ground import small_font

PARTED = " · "  # separates a caption's parts
MOST_LINES, LEAST_ROOM = 3, 60.0  # lines, and px of room below which nothing is said


@lru_cache(maxsize=32)
def placed(caption: str, room: float, taken: float) -> tuple[tuple[str, ...], bool]:
    """The caption's lines, and whether it fits beside what is `taken` of the room.

    Kept, since a picture that plays asks for the same caption in every frame.
    """
    if not caption:
        return (), True
    if QFontMetricsF(small_font()).horizontalAdvance(caption) <= room - taken:
        return (caption,), True
    return tuple(wrapped(caption, room)), False


def wrapped(caption: str, room: float) -> list[str]:
    """A caption's parts in lines; without some in the middle if there are too many."""
    parts, metrics = caption.split(PARTED), QFontMetricsF(small_font())
    while True:
        lines = [parts[0]]
        for part in parts[1:]:
            longer = lines[-1] + PARTED + part
            fits = metrics.horizontalAdvance(longer) <= room
            lines = [*lines[:-1], longer] if fits else [*lines, part]
        if len(lines) <= MOST_LINES or len(parts) < 3:
            cut = Qt.TextElideMode.ElideRight
            known = [metrics.elidedText(line, cut, room) for line in lines[-MOST_LINES:]]
            return known if room >= LEAST_ROOM else []
        parts.pop(-2)
