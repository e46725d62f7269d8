"""The distributions that a document can hold, as frozen values: what to sample, not how."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from flowlab.core.document.arguments import names_of, row_of, rows_of
from flowlab.core.document.arrays import Array, array_of
from flowlab.core.document.limits import (
    Checked,
    Invalid,
    choice,
    data,
    number,
    shown,
    switch,
    text,
)

Pairs = tuple[tuple[float, float], ...]
Triples = tuple[tuple[float, float, float], ...]

MOST_CELLS, MOST_PIXELS = 1 << 22, 2_000_000  # of a density grid, of a picture
FURTHEST = 1e15  # largest coordinate; the squares of larger ones overflow in single precision


def _noise(default: float) -> Any:
    """The field of a shape's blur."""
    return number(default, 0.0, 5.0, "Noise", "Standard deviation of an added Gaussian")


@dataclass(frozen=True, kw_only=True)
class Shape(Checked):
    """A 2D distribution: scaled, then rotated, then moved by the offset, then blurred by noise."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    scale: float = number(
        1.0,
        0.05,
        20.0,
        "Scale",
        "Size relative to the built-in one",
        log=True,
        also="resize, size, stretch",
    )
    rotation: float = number(
        0.0, -180.0, 180.0, "Rotation", "Counter-clockwise", unit="°", also="rotate, angle"
    )
    offset_x: float = number(
        0.0, -20.0, 20.0, "Offset x", "Moves everything sideways", also="shift, translate, position"
    )
    offset_y: float = number(
        0.0,
        -20.0,
        20.0,
        "Offset y",
        "Moves everything up or down",
        also="shift, translate, position",
    )
    noise: float = _noise(0.0)


@dataclass(frozen=True, kw_only=True)
class Gaussian(Shape):
    """One Gaussian, mean at the offset, covariance from two deviations and a correlation."""

    kind: ClassVar[str] = "gaussian"
    title: ClassVar[str] = "Gaussian"
    std_x: float = number(
        1.0, 0.01, 10.0, "Std x", "Standard deviation along x", log=True, also="sigma, σ, variance"
    )
    std_y: float = number(
        1.0, 0.01, 10.0, "Std y", "Standard deviation along y", log=True, also="sigma, σ, variance"
    )
    correlation: float = number(0.0, -0.99, 0.99, "Correlation", "Between x and y")


@dataclass(frozen=True, kw_only=True)
class Ring(Shape):
    """Equal isotropic Gaussians evenly spaced on a circle, the first at the top."""

    kind: ClassVar[str] = "ring"
    title: ClassVar[str] = "Ring of Gaussians"
    count: int = number(8, 1, 64, "Modes", "How many Gaussians")
    radius: float = number(5.0, 0.0, 20.0, "Radius", "Of the circle of means")
    std: float = number(
        0.7,
        0.01,
        5.0,
        "Std",
        "Standard deviation of each mode",
        log=True,
        also="sigma, σ, variance",
    )


@dataclass(frozen=True, kw_only=True)
class Mixture(Shape):
    """A general Gaussian mixture; covariances as (xx, xy, yy)."""

    kind: ClassVar[str] = "mixture"
    title: ClassVar[str] = "Gaussian mixture"
    means: Pairs = data(((-2.0, -1.0), (2.0, -1.0), (0.0, 2.2)), "Means", "x, y of each mode")
    covs: Triples = data(
        ((0.3, 0.0, 0.3), (0.3, 0.0, 0.3), (0.3, 0.0, 0.3)),
        "Covariances",
        "xx, xy, yy of each mode",
    )
    weights: tuple[float, ...] = data((1.0, 1.0, 1.0), "Weights", "Relative mass of each mode")

    def __post_init__(self) -> None:
        super().__post_init__()
        _set(self, "means", rows_of(self.means, 2, "The means of a mixture"))
        _set(self, "covs", rows_of(self.covs, 3, "The covariances of a mixture"))
        _set(self, "weights", row_of(self.weights, "The weights of a mixture"))
        if not 1 <= len(self.means) == len(self.covs) == len(self.weights) <= 256:
            raise Invalid("A mixture needs 1 to 256 means and as many covariances and weights.")
        if not (min(self.weights) >= 0 and 0 < max(self.weights) < math.inf):
            words = "finite and not negative, and one must be positive"
            raise Invalid(f"The weights of a mixture must be {words}.")
        _check_near(self.means, FURTHEST, "The means of a mixture")
        _check_near(self.covs, FURTHEST**2, "The covariances of a mixture")
        if any(not (xx > 0 and yy > 0 and xx * yy - xy * xy > 0) for xx, xy, yy in self.covs):
            raise Invalid("Every covariance of a mixture must be positive definite.")
        if any(min(xx, yy) < FURTHEST**-2 for xx, _, yy in self.covs):
            raise Invalid(f"The variances of a mixture must be at least {FURTHEST**-2:g}.")


def _set(shape: Shape, name: str, value: Any) -> None:
    """Replace a field by what it means, in the constructor of a frozen shape."""
    object.__setattr__(shape, name, value)


def _as_arrays(owner: Checked, *names: str) -> None:
    """Make what is given for these fields immutable arrays; raises `Invalid` for no numbers."""
    for name in names:
        given = getattr(owner, name)
        if given is not None:
            object.__setattr__(owner, name, array_of(given, f"The {name}"))


def _check_near(rows: Iterable[Iterable[float]], most: float, what: str) -> None:
    """Raise `Invalid` unless all values are at most `most` in size, so products don't overflow."""
    if not all(abs(value) <= most for row in rows for value in row):  # NaN is not
        raise Invalid(f"{what} must be finite and at most {most:g} in size.")


@dataclass(frozen=True, kw_only=True)
class Checkerboard(Shape):
    """The dark squares of a board with `count` squares a side."""

    kind: ClassVar[str] = "checkerboard"
    title: ClassVar[str] = "Checkerboard"
    count: int = number(4, 2, 16, "Squares", "A side; half of them carry mass")
    half_width: float = number(4.0, 0.1, 20.0, "Half width", "The board spans ± this", log=True)


@dataclass(frozen=True, kw_only=True)
class Moons(Shape):
    """Two interleaved half circles."""

    kind: ClassVar[str] = "moons"
    title: ClassVar[str] = "Two moons"
    radius: float = number(2.0, 0.1, 10.0, "Radius", "Of each half circle")
    noise: float = _noise(0.15)


@dataclass(frozen=True, kw_only=True)
class Spiral(Shape):
    """Archimedean arms that start near the centre, uniform along their length."""

    kind: ClassVar[str] = "spiral"
    title: ClassVar[str] = "Spiral"
    count: int = number(2, 1, 8, "Arms", "How many arms")
    turns: float = number(1.5, 0.25, 6.0, "Turns", "Of each arm")
    radius: float = number(4.0, 0.1, 20.0, "Radius", "Where an arm ends")
    noise: float = _noise(0.1)


@dataclass(frozen=True, kw_only=True)
class SwissRoll(Shape):
    """The plane section of the swiss roll: r = t for t from 1.5π to 4.5π, scaled to the radius."""

    kind: ClassVar[str] = "swiss_roll"
    title: ClassVar[str] = "Swiss roll"
    radius: float = number(4.0, 0.1, 20.0, "Radius", "Where the roll ends")
    noise: float = _noise(0.12)


@dataclass(frozen=True, kw_only=True)
class Rings(Shape):
    """Concentric circles, mass in proportion to their length."""

    kind: ClassVar[str] = "rings"
    title: ClassVar[str] = "Concentric rings"
    count: int = number(3, 1, 10, "Rings", "How many circles")
    radius: float = number(4.0, 0.1, 20.0, "Radius", "Of the outermost circle")
    noise: float = _noise(0.1)


@dataclass(frozen=True, kw_only=True)
class Pinwheel(Shape):
    """Radial Gaussian blades, twisted in proportion to the exponential of their radius."""

    kind: ClassVar[str] = "pinwheel"
    title: ClassVar[str] = "Pinwheel"
    count: int = number(5, 2, 12, "Blades", "How many blades")
    twist: float = number(0.25, -1.0, 1.0, "Twist", "How fast the blades turn with radius")


@dataclass(frozen=True, kw_only=True)
class Polygon(Shape):
    """Uniform on a simple polygon, convex or not."""

    kind: ClassVar[str] = "polygon"
    title: ClassVar[str] = "Polygon"
    vertices: Pairs = data(
        ((-2.5, -1.5), (0.5, -2.5), (3.0, 0.0), (0.5, 0.5), (0.0, 2.8)),
        "Vertices",
        "Corners x, y in order",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _set(self, "vertices", rows_of(self.vertices, 2, "The vertices of a polygon"))
        if not 3 <= len(self.vertices) <= 2000:
            raise Invalid("A polygon needs 3 to 2000 vertices.")
        _check_near(self.vertices, FURTHEST, "The vertices of a polygon")


@dataclass(frozen=True, kw_only=True)
class Disc(Shape):
    """Uniform on a disc, or on an annulus."""

    kind: ClassVar[str] = "disc"
    title: ClassVar[str] = "Disc"
    radius: float = number(2.5, 0.1, 20.0, "Radius", "Outer radius")
    hole: float = number(0.0, 0.0, 0.98, "Hole", "Inner radius as a share of the outer one")


@dataclass(frozen=True, kw_only=True)
class SCurve(Shape):
    """The plane section of the S-curve: two three-quarter circles joined in an S."""

    kind: ClassVar[str] = "s_curve"
    title: ClassVar[str] = "S-curve"
    radius: float = number(1.5, 0.1, 10.0, "Radius", "Of each bend")
    noise: float = _noise(0.1)


@dataclass(frozen=True, kw_only=True)
class Smiley(Shape):
    """A face: its outline, two eyes and a smile."""

    kind: ClassVar[str] = "smiley"
    title: ClassVar[str] = "Smiley"
    radius: float = number(4.0, 0.1, 20.0, "Radius", "Of the face")
    noise: float = _noise(0.1)


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """Typed words, uniform on the ink."""

    kind: ClassVar[str] = "text"
    title: ClassVar[str] = "Text"
    text: str = text("flow", 64, "Text", "Any word becomes a distribution")
    font: str = choice("sans", {"sans": "Sans", "serif": "Serif", "mono": "Mono"}, "Font")
    width: float = number(8.0, 0.5, 40.0, "Width", "Of the whole line")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.text.strip():
            raise Invalid("Type at least one visible character.")


@dataclass(frozen=True, kw_only=True)
class Points(Shape):
    """A point cloud, each point equally likely.

    `labels` are classes 0 to 7, and `classes` what people call them, in that order.
    """

    kind: ClassVar[str] = "points"
    title: ClassVar[str] = "Points"
    points: Array = data(None, "Points", "x, y of each point")
    labels: Array | None = data(None, "Classes", "Class of each point")
    classes: tuple[str, ...] = data((), "Names of the classes", "Of class 0, 1, …")
    noise: float = _noise(0.05)

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_arrays(self, "points", "labels")
        _set(self, "classes", names_of(self.classes, CLASSES, "The names of classes"))


@dataclass(frozen=True, kw_only=True)
class Grid(Shape):
    """A density grid; rows run up (row 0 is the lowest y), `extent` = (x0, x1, y0, y1)."""

    kind: ClassVar[str] = "grid"
    title: ClassVar[str] = "Density grid"
    density: Array = data(None, "Density", "Mass of each cell, row 0 lowest")
    extent: tuple[float, float, float, float] = data((-4.0, 4.0, -4.0, 4.0), "Extent", "")

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_arrays(self, "density")
        _set(self, "extent", row_of(self.extent, "The extent of a density grid", 4))


@dataclass(frozen=True, kw_only=True)
class Picture(Shape):
    """A grey picture as a density; `pixels` are brightness 0 to 255, row 0 at the top."""

    kind: ClassVar[str] = "picture"
    title: ClassVar[str] = "Picture"
    pixels: Array = data(None, "Pixels", "Brightness, row 0 at the top")
    dark_is_mass: bool = switch(True, "Dark is mass", "Off: bright pixels carry the mass")
    contrast: float = number(1.0, 0.2, 5.0, "Contrast", "Power applied to the mass", log=True)
    width: float = number(8.0, 0.5, 40.0, "Width", "Of the longer side")
    name: str = text("", 200, "File")

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_arrays(self, "pixels")


TOOLS = {
    "brush": "Brush",
    "eraser": "Eraser",
    "line": "Line",
    "polygon": "Polygon",
    "spray": "Spray",
    "move": "Select and move",
}
MIRRORS = {"none": "No mirror", "x": "Left and right", "y": "Up and down", "both": "Both"}
CLASSES = 8


@dataclass(frozen=True, kw_only=True)
class Stroke(Checked):
    """One gesture of the pencil, in plane coordinates.

    `path` is (n, 3): x, y, pressure. A polygon fills its path. A move cuts what lies inside the
    polygon `path`, turns it by `turn` degrees about the polygon's centroid, and shifts it.
    """

    tool: str = choice("brush", TOOLS, "Tool")
    path: Array = data(None, "Path")
    size: float = number(0.35, 0.02, 5.0, "Size", "Diameter of the brush", log=True)
    strength: float = number(1.0, 0.02, 1.0, "Strength", "How much mass a stroke lays down")
    label: int = number(0, 0, CLASSES - 1, "Class")
    mirror: str = choice("none", MIRRORS, "Mirror")
    seed: int = number(0, 0, 2**31 - 1, "Seed", "Of the spray")
    shift_x: float = number(0.0, -100.0, 100.0, "Shift x")
    shift_y: float = number(0.0, -100.0, 100.0, "Shift y")
    turn: float = number(0.0, -3600.0, 3600.0, "Turn", unit="°")

    def __post_init__(self) -> None:
        super().__post_init__()
        _as_arrays(self, "path")


@dataclass(frozen=True, kw_only=True)
class Drawing(Shape):
    """What a person drew: strokes replayed on a square density grid of half width `half_width`."""

    kind: ClassVar[str] = "drawing"
    title: ClassVar[str] = "Drawing"
    strokes: tuple[Stroke, ...] = data((), "Strokes")
    half_width: float = number(5.0, 0.5, 20.0, "Half width", "The sheet spans ± this")

    def __post_init__(self) -> None:
        super().__post_init__()
        given: Any = self.strokes
        strokes = tuple(given) if isinstance(given, list) else given
        right = isinstance(strokes, tuple) and all(isinstance(s, Stroke) for s in strokes)
        if not right:
            raise Invalid(f"The strokes of a drawing must be strokes, not {shown(strokes)}.")
        _set(self, "strokes", strokes)


KINDS: dict[str, type[Shape]] = {
    cls.kind: cls
    for cls in (
        Gaussian,
        Ring,
        Mixture,
        Checkerboard,
        Moons,
        Spiral,
        SwissRoll,
        Rings,
        Pinwheel,
        Polygon,
        Disc,
        SCurve,
        Smiley,
        Text,
        Points,
        Grid,
        Picture,
        Drawing,
    )
}
