"""The colour of an end: of its role, or of each class of its ink or its points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flowlab.core.array_types import Bools, Floats
from flowlab.core.document.shapes import Drawing, Points, Shape
from flowlab.scene.base.colours import class_colour
from flowlab.scene.base.style import Colour, Theme

_KEPT = 4  # shapes whose classes are known by their identity: asked for in every frame
_recent: tuple[tuple[Drawing | Points, tuple[int, ...]], ...] = ()


def role_colour(theme: Theme, role: str) -> Colour:
    """The colour of "source" or "target"."""
    return theme.source if role == "source" else theme.target


def ink_of(shape: Shape | None) -> tuple[int, ...]:
    """The classes in whose colours an end is shown; empty if it has the colour of its role."""
    global _recent
    if not isinstance(shape, Drawing | Points):
        return ()
    for known, classes in _recent:
        if known is shape:
            return classes
    from flowlab.core.distributions.ink_classes import inked_classes  # for these shapes only

    _recent = ((shape, inked_classes(shape)), *_recent[: _KEPT - 1])
    return _recent[0][1]


def coloured(
    shape: Shape | None, xy: Floats, colour: Colour, theme: Theme
) -> Iterator[tuple[Colour, Bools]]:
    """Each colour at points (..., 2) of an end whose role has `colour`, and where it is (...)."""
    classes = ink_of(shape)
    if not isinstance(shape, Drawing | Points) or not classes:
        yield colour, np.ones(xy.shape[:-1], bool)
        return
    from flowlab.core.distributions.ink_classes import class_at

    labels = class_at(shape, xy)
    for label in classes:
        yield class_colour(theme, label), labels == label
