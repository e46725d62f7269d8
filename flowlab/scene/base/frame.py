"""Everything that one picture shows, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.view import View
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.density_map import DensityMap, InterpolantDensity, interpolant_drawn
from flowlab.core.views.lens import LensAnswer
from flowlab.core.views.particle_values import ParticleValues
from flowlab.scene.base.camera import Camera
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.style import DARK, Colour, Theme


@dataclass(frozen=True)
class Frame:
    """One picture: what was computed, the time shown, and how it is looked at.

    While `blend` < 1, positions are interpolated from `blend_from` to `bundle`.
    """

    bundle: Bundle | None = None
    t: float = 0.0
    document: Document = field(default_factory=Document)  # its view says what is drawn
    room_state: object = (
        None  # state that only the panels of the view's room set, of a type of its own
    )
    theme: Theme = DARK
    camera: Camera = field(default_factory=Camera)
    blend_from: Bundle | None = None
    blend: float = 1.0
    pinned: tuple[int, ...] = ()
    hovered: int | None = None
    probe: Bundle | None = None  # paths of the points that the user drags
    lens: LensAnswer | None = None
    exact: bool = False  # True if the bundle is the exact flow
    values: ParticleValues | None = (
        None  # that the particles are coloured by, whatever the view says
    )
    cloud: Colour | None = None  # of all particles, if it isn't the colour of the time
    ends: tuple[Shape, Shape] | None = None  # of the bundle, where they aren't the document's
    densities: tuple[DensityMap | None, DensityMap | None] = None, None  # of both ends, if known
    interpolant: InterpolantDensity | None = None  # p_t of the exact flow or of blends, if known
    words: float = 1.0  # factor on the size of words and keys; more than 1 in small files
    beside: Bundle | None = None  # flow of another moment of training, drawn at the left
    titles: tuple[str, str] = ("", "")  # of the left and the right picture
    quality: str = "live"  # or "export"
    legend: bool = True
    card: bool = True
    card_top: float = 0.0  # pixels at the top left that a control covers
    card_right: float = 0.0  # pixels at the top right that a control covers
    corner: float = 0.0  # pixels from the right that a button at the top right covers
    caption: str = ""
    beside_caption: str = ""  # that a neighbour has, and for which room is left here as well
    head: tuple[float, float] = 0.0, 0.0  # logical pixels at the top left that a heading covers

    @property
    def view(self) -> View:
        """The view that is drawn, with its layers."""
        return self.document.view

    def with_view(self, **changes: Any) -> Frame:
        """Return the frame with some fields of its view replaced."""
        return replace(self, document=replace(self.document, view=replace(self.view, **changes)))

    @property
    def known_ends(self) -> tuple[DensityMap | None, DensityMap | None]:
        """The densities of source and target, each None unless it is of the document's shape."""
        ends = self.document.source, self.document.target
        source, target = (
            known if known is not None and known.shape == shape else None
            for known, shape in zip(self.densities, ends, strict=True)
        )
        return source, target

    @property
    def shown_ends(self) -> tuple[Shape, Shape]:
        """The shapes of the source and the target that are drawn."""
        wanted = self.document.source, self.document.target
        source, target = (
            new if known is not None else old
            for new, old, known in zip(wanted, self.ends or wanted, self.known_ends, strict=True)
        )
        return source, target

    @property
    def known_interpolant(self) -> InterpolantDensity | None:
        """The density p_t that the view draws; None unless it is known for the document."""
        known = self.interpolant
        wanted = None if known is None else interpolant_drawn(self.document)
        return known if known is not None and known.query == wanted else None

    def at(self, t: float) -> Floats:
        """Return the positions (N, 2) of the particles at `t`, in the view's layout."""
        assert self.bundle is not None
        return self.between(self.bundle, self.before, t)

    @property
    def before(self) -> Bundle | None:
        """The bundle that the particles still move away from; None once they have arrived."""
        old, new = self.blend_from, self.bundle
        if old is None or new is None or self.blend >= 1.0:
            return None
        return old if old.points.shape[1] == new.points.shape[1] else None

    def lattice_at(self, t: float) -> Floats | None:
        """Return positions (rows * columns, 2) of the carried lattice at `t`; None without one."""
        if self.bundle is None or self.bundle.lattice is None:
            return None
        before = self.blend_from.lattice if self.blend_from is not None else None
        new = self.bundle.lattice
        old = before.at(t) if before is not None and self.blend < 1.0 else None
        return self.placed(new.at(t), old, t)

    def select(self, index: Ints) -> tuple[Bundle, Bundle | None]:
        """Return the particles `index` of the new bundle and of the old one (None once arrived)."""
        assert self.bundle is not None
        old = self.before
        return self.bundle.select(index), None if old is None else old.select(index)

    def paths(self, index: Ints, samples: int) -> Floats:
        """Return the paths (samples, n, 2) of the particles `index`, in the view's layout."""
        new, old = self.select(index)
        times = np.linspace(0.0, 1.0, samples)
        xy = self.mixed(new.sampled(times), None if old is None else old.sampled(times))
        return self.moved(xy, times)

    def moved(self, xy: Floats, times: Floats) -> Floats:
        """Return positions (T, n, 2) in the plane at their places in the layout at those times."""
        shifts = [plane_offset(self.view, self.bundle, float(t)) for t in times]
        return xy + np.array(shifts, np.float32)[:, None]

    def between(self, new: Bundle, old: Bundle | None, t: float) -> Floats:
        """Return the positions (n, 2) between `old` and `new` at time `t`, in the view's layout."""
        return self.placed(new.at(t), None if old is None else old.at(t), t)

    def placed(self, new: Floats, old: Floats | None, t: float) -> Floats:
        """Return `new` (N, 2) interpolated from `old`, at its place in the layout at time `t`."""
        new = self.mixed(new, old)
        dx, dy = plane_offset(self.view, self.bundle, t)
        return new if dx == dy == 0.0 else new + np.array([dx, dy], np.float32)

    def mixed(self, new: Floats, old: Floats | None) -> Floats:
        """Return positions on their way from `old` to `new`, arrays of one shape."""
        if old is None or old.shape != new.shape:
            return new
        s = np.float32(smoothstep(self.blend))
        return (1 - s) * old + s * new


def smoothstep(s: float) -> float:
    """Interpolate from 0 to 1 with zero slope at both ends."""
    s = min(max(s, 0.0), 1.0)
    return s * s * (3 - 2 * s)
