"""The selected part of a drawing, while the pencil frames, picks, moves and turns it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.ui.state.selection import Point, Selection
from flowlab.ui.tools import pencil_overlay

Pick = Callable[[Point], tuple[Doubles, ...]]  # the rings around the stroke at a point

REGIONS = {"rectangle": "Rectangle", "lasso": "Lasso"}
CHOOSE = {
    "rectangle": "Drag a rectangle around a part, or click a stroke; with Shift add more",
    "lasso": "Draw a line around a part, or click a stroke; with Shift add more",
}
CHOSEN = "Drag it, or turn it by its knob; Enter applies, Esc or undo drops it"
NEAR_PX = 9.0  # px around the knob within which it is grabbed


class SelectTool:
    """What is selected, and what a drag does with it."""

    def __init__(self) -> None:
        self.selection: Selection | None = None
        self.pick: Pick = lambda _: ()
        self.adds = False  # True while a gesture adds to the selection
        self._grabbed: Selection | None = None

    def press(self, at: Point, adds: bool, pixel: float) -> str:
        """Grab the selection, and return "shift" or "turn"; "" where a new region begins."""
        self._grabbed, self.adds = self.selection, adds
        if self.selection is None:
            return ""
        if math.dist(pencil_overlay.handle(self.selection, pixel), at) < NEAR_PX * pixel:
            return "turn"
        return "shift" if self.selection.contains(at) and not adds else ""

    def drag(self, mode: str, grip: Point, at: Point, snap: float) -> None:
        """Move or turn what was grabbed, from `grip` to the pointer."""
        assert self._grabbed is not None
        if mode == "shift":
            self.selection = self._grabbed.shifted(grip, at)
        else:
            self.selection = self._grabbed.turned(grip, at, snap)

    def choose(self, rings: tuple[Doubles, ...]) -> None:
        """Select this region, or add it to what is selected."""
        if rings and self.adds and self.selection is not None:
            from flowlab.core.distributions.regions import union  # shapely, at its first use

            rings = union(self.selection.outlines(), rings)
        if rings:
            self.selection = Selection.around(rings)

    def drop(self) -> None:
        """Select nothing."""
        self.selection = self._grabbed = None

    def hint(self, region: str) -> str:
        """What can be done next, in a sentence."""
        return CHOOSE[region] if self.selection is None else CHOSEN


def rectangle(a: Point, b: Point) -> Doubles:
    """The corners (4, 2) of the rectangle between two opposite ones."""
    (x0, y0), (x1, y1) = a, b
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
