"""Everything that one picture is made of, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.core.document.document import Document, View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lens import LensAnswer
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.style import DARK, Colour, Theme


@dataclass(frozen=True)
class Frame:
    """One picture: what was computed, the time shown, and how it is looked at.

    While `blend` < 1 the positions are between those of `blend_from` and of `bundle`.
    """

    bundle: Bundle | None = None
    t: float = 0.0
    document: Document = field(default_factory=Document)  # whose view says what is drawn
    room_state: object = (
        None  # what only the panels of the view's room decide, of a type of its own
    )
    theme: Theme = DARK
    camera: Camera = field(default_factory=Camera)
    blend_from: Bundle | None = None
    blend: float = 1.0
    pinned: tuple[int, ...] = ()
    hovered: int | None = None
    probe: Bundle | None = None  # the paths of points that a person drags
    lens: LensAnswer | None = None
    exact: bool = False  # the bundle is the exact flow
    cloud: Colour | None = None  # of all particles, where it is not that of the time
    beside: Bundle | None = None  # of another moment of training, drawn at the left
    titles: tuple[str, str] = ("", "")  # of both, where there are two
    quality: str = "live"  # or "export"
    legend: bool = True
    card: bool = True
    caption: str = ""

    @property
    def view(self) -> View:
        """Which view is drawn, with which layers."""
        return self.document.view

    def with_view(self, **changes: Any) -> Frame:
        """The frame with some fields of its view changed."""
        return replace(self, document=replace(self.document, view=replace(self.view, **changes)))

    def at(self, t: float) -> Floats:
        """Positions (N, 2) of the particles at `t`, where the layout puts them."""
        assert self.bundle is not None
        return self.between(self.bundle, self.before, t)

    @property
    def before(self) -> Bundle | None:
        """The bundle that the particles still come from; None where they have arrived."""
        old, new = self.blend_from, self.bundle
        if old is None or new is None or self.blend >= 1.0:
            return None
        return old if old.points.shape[1] == new.points.shape[1] else None

    def lattice_at(self, t: float) -> Floats | None:
        """Positions (rows * columns, 2) of the carried lattice at `t`, or None without one."""
        if self.bundle is None or self.bundle.lattice is None:
            return None
        before = self.blend_from.lattice if self.blend_from is not None else None
        new = self.bundle.lattice
        old = before.at(t) if before is not None and self.blend < 1.0 else None
        return self.placed(new.at(t), old, t)

    def some(self, index: Ints) -> tuple[Bundle, Bundle | None]:
        """Some of the particles alone: their new bundle, and the old one that they come from."""
        assert self.bundle is not None
        old = self.before
        return self.bundle.select(index), None if old is None else old.select(index)

    def paths(self, index: Ints, samples: int) -> Floats:
        """Whole paths (samples, n, 2) of some particles, where the layout puts them."""
        new, old = self.some(index)
        times = np.linspace(0.0, 1.0, samples)
        return np.stack([self.between(new, old, float(t)) for t in times])

    def between(self, new: Bundle, old: Bundle | None, t: float) -> Floats:
        """Positions (n, 2) on the way from `old` to `new`, where the layout puts time `t`."""
        return self.placed(new.at(t), None if old is None else old.at(t), t)

    def placed(self, new: Floats, old: Floats | None, t: float) -> Floats:
        """`new` (N, 2), on its way from `old`, moved to where the layout puts time `t`."""
        if old is not None and old.shape == new.shape:
            s = np.float32(smoothstep(self.blend))
            new = (1 - s) * old + s * new
        dx, dy = plane_offset(self.view, self.bundle, t)
        return new if dx == dy == 0.0 else new + np.array([dx, dy], np.float32)


def smoothstep(s: float) -> float:
    """0 to 1 with level ends."""
    s = min(max(s, 0.0), 1.0)
    return s * s * (3 - 2 * s)
