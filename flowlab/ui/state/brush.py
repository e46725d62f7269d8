"""The pencil's settings: tool, size, strength, class and mirror."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject, Signal

from flowlab.core.array_types import Doubles
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import CLASSES, MIRRORS, TOOLS, Stroke
from flowlab.ui.base.scale import Scale

SPECS = {spec.name: spec for spec in dataclasses.fields(Stroke)}
SIZE, STRENGTH = Scale.of(SPECS["size"]), Scale.of(SPECS["strength"])


class Brush(QObject):
    """The settings, kept inside their limits, and the strokes made with them."""

    changed = Signal()  # a setting or the pencil's overlay

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tool, self.mirror, self.label = "brush", "none", 0
        self.size, self.strength = 0.35, 1.0
        self.region = "rectangle"  # or "lasso": how a part is selected
        self._seed = 0

    def set_tool(self, tool: str) -> None:
        """Choose another tool."""
        if tool in TOOLS:
            self.tool = tool
            self.changed.emit()

    def set_size(self, size: float) -> None:
        """Set the diameter of the brush in the plane, clamped to its limits."""
        self.size = SIZE.clamped(size)
        self.changed.emit()

    def set_strength(self, strength: float) -> None:
        """Set the mass of a stroke, clamped to its limits."""
        self.strength = STRENGTH.clamped(strength)
        self.changed.emit()

    def set_label(self, label: int) -> None:
        """Set the class that is drawn."""
        self.label = min(max(int(label), 0), CLASSES - 1)
        self.changed.emit()

    def set_mirror(self, mirror: str) -> None:
        """Set the mirror symmetry: none, x, y or both."""
        if mirror in MIRRORS:
            self.mirror = mirror
            self.changed.emit()

    def set_region(self, region: str) -> None:
        """Set how a part is selected: by a rectangle or a lasso."""
        if region in ("rectangle", "lasso"):
            self.region = region
            self.changed.emit()

    def wheel(self, delta: float) -> None:
        """Change the size; 120 is one notch."""
        self.set_size(self.size * 1.1 ** (delta / 120))

    def next_seed(self) -> None:
        """Choose other dots for the next spray."""
        self._seed = (self._seed * 1_103_515_245 + 12_345) % 2**31

    def stroke(self, tool: str, path: Doubles, **more: float) -> Stroke:
        """Return a stroke with these settings along `path` (n, 3): x, y, pressure."""
        return Stroke(
            tool=tool,
            path=Array(path),
            size=self.size,
            strength=self.strength,
            label=self.label,
            mirror=self.mirror,
            seed=self._seed if tool == "spray" else 0,
            **more,
        )
