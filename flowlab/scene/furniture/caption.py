"""How a picture's caption is laid out: on one line, or on a few where it is too long."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from flowlab.scene.furniture.card import wrapped as broken
from flowlab.scene.furniture.ground import small_font

PARTED = " · "  # separates a caption's parts
MOST_LINES, LEAST_ROOM = 6, 60.0  # lines, and px of room below which nothing is said


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
    """A caption's parts in lines, a long part in several.

    Only a picture too narrow to be read loses something: parts in the middle, and ends of words.
    """
    parts, metrics = caption.split(PARTED), QFontMetricsF(small_font())
    while room >= LEAST_ROOM:
        lines = _lines(parts, metrics, room)
        if len(lines) <= MOST_LINES or len(parts) < 3:
            cut = Qt.TextElideMode.ElideRight
            return [metrics.elidedText(line, cut, room) for line in lines[-MOST_LINES:]]
        parts.pop(-2)
    return []


def _lines(parts: list[str], metrics: QFontMetricsF, room: float) -> list[str]:
    lines = broken(metrics, parts[0], room)
    for part in parts[1:]:
        longer = lines[-1] + PARTED + part
        if metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines += broken(metrics, part, room)
    return lines
