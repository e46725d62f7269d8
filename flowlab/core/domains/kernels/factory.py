"""The kernel of a domain, by what kind of domain it is."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.domains.kernels.arguments import modes_of
from flowlab.core.domains.kernels.box import (
    Box,
    BoxHarmonics,
    BoxImages,
    axes_of,
    bounds_of,
    lattice_eigenvalues,
)
from flowlab.core.domains.kernels.cut_cells import cut_cells
from flowlab.core.domains.kernels.disc import Disc, DiscHarmonics, DiscImages, disc_eigenvalues
from flowlab.core.domains.kernels.equilateral import (
    Equilateral,
    EquilateralHarmonics,
    EquilateralImages,
    lame_eigenvalues,
)
from flowlab.core.domains.kernels.grid_reading import GridReader
from flowlab.core.domains.kernels.interfaces import Harmonics, Shape
from flowlab.core.domains.kernels.kernel import HeatKernel
from flowlab.core.domains.kernels.marginal import GridFlow
from flowlab.core.domains.kernels.polygon import CELLS, PolygonHarmonics, PolygonShape
from flowlab.core.domains.kernels.polygon_images import PolygonImages
from flowlab.core.domains.kernels.right_triangle import (
    Corner,
    TriangleHarmonics,
    TriangleImages,
    triangle_eigenvalues,
)

Rings = tuple[Doubles, ...]

_SAME = 1e-8  # of the size: sides that differ by less are equal
_LEAST_SWITCH = 0.05  # of the root of the area: sigma from which 200 harmonics may be used
_CACHED = 4
ROUGH = 64  # cells along the longer side, of a first picture


def kernel(domain: Any, modes: int = 200) -> HeatKernel:
    """The transition density of reflected Brownian motion in a domain, with so many harmonics.

    In closed form for rectangles, discs, equilateral and right isosceles triangles; numerical for
    every other polygon. Raises `Invalid` for what isn't a domain, or for modes out of range.
    """
    modes, rings = modes_of(modes), getattr(domain, "rings", None)
    if not isinstance(rings, tuple) or not rings:
        raise Invalid(f"A kernel needs a domain, as domains.square(), not {shown(domain)}.")
    try:
        return _cached(domain, modes)
    except TypeError:  # a domain that can't be hashed
        return _build(domain, modes)


def numerical_kernel(rings: Rings, modes: int = 200, cells: int = CELLS) -> HeatKernel:
    """The kernel of any polygon by numerical harmonics, with so many cells on its longer side."""
    shape, modes = PolygonShape(rings), modes_of(modes)
    harmonics = PolygonHarmonics(shape, modes, cells)
    size = math.sqrt(shape.area * 200 / modes)  # fewer harmonics hold from a greater sigma
    between = (_LEAST_SWITCH * size, 4 * _LEAST_SWITCH * size)
    images = PolygonImages(shape, rings)
    return HeatKernel(
        shape,
        images,
        harmonics,
        between,
        lambda: GridFlow(harmonics.reader, harmonics, shape, harmonics.functions),
    )


@functools.lru_cache(maxsize=_CACHED)
def rough_flow(domain: Any) -> GridFlow:
    """The heat flow between the walls on few cells, within a moment: for a first picture."""
    shape = PolygonShape(domain.rings)
    return GridFlow(GridReader(cut_cells(shape.polygon, ROUGH), shape.polygon), None, shape)


@functools.lru_cache(maxsize=_CACHED)
def _cached(domain: Any, modes: int) -> HeatKernel:
    return _build(domain, modes)


def _build(domain: Any, modes: int) -> HeatKernel:
    rings = domain.rings
    if _is_disc(domain):
        x, y = domain.center
        return _of_disc(Disc((float(x), float(y)), float(domain.radius)), rings, modes)
    exact = None
    if len(rings) == 1:
        exact = _of_box(rings[0], modes) or _of_triangle(rings[0], modes)
    return exact or numerical_kernel(rings, modes)


def _is_disc(domain: Any) -> bool:
    name = str(getattr(domain, "kind", type(domain).__name__)).lower()
    return name == "disc" and hasattr(domain, "radius") and hasattr(domain, "center")


def _flow_of(rings: Rings, shape: Shape, harmonics: Harmonics) -> Callable[[], GridFlow]:
    """What makes the flow on a grid, when it is asked for."""

    def flow() -> GridFlow:
        polygon = PolygonShape(rings).polygon
        return GridFlow(GridReader(cut_cells(polygon, CELLS), polygon), harmonics, shape)

    return flow


def _of_disc(disc: Disc, rings: Rings, modes: int) -> HeatKernel:
    harmonics = DiscHarmonics(disc, disc_eigenvalues(disc.radius, modes))
    between = (0.05 * disc.radius, 0.3 * disc.radius)
    return HeatKernel(disc, DiscImages(disc), harmonics, between, _flow_of(rings, disc, harmonics))


def _of_box(ring: Doubles, modes: int) -> HeatKernel | None:
    """The kernel of an upright rectangle; None for another ring."""
    x0, y0, x1, y1 = bounds_of(ring)
    size = (x1 - x0, y1 - y0)
    slack = _SAME * max(size)
    edges = np.abs(np.roll(ring, -1, 0) - ring)
    away = np.minimum(np.abs(ring - (x0, y0)), np.abs(ring - (x1, y1)))
    if len(ring) != 4 or edges.min(1).max() > slack or away.max() > slack:
        return None
    box, eigenvalues = Box((x0, y0), size), lattice_eigenvalues(size, modes)
    axes = axes_of(box, eigenvalues)
    images, harmonics = BoxImages(box, axes), BoxHarmonics(box, axes, eigenvalues)
    between = (0.1 * min(size), 1.5 * max(size))
    return HeatKernel(box, images, harmonics, between, _flow_of((ring,), box, harmonics))


def _of_triangle(ring: Doubles, modes: int) -> HeatKernel | None:
    """The kernel of an equilateral or a right isosceles triangle; None for another ring."""
    if len(ring) != 3:
        return None
    sides = np.hypot(*(np.roll(ring, -1, 0) - ring).T)
    slack = _SAME * float(sides.max())
    if np.ptp(sides) <= slack:
        return _of_equilateral(ring, float(sides.mean()), modes)
    i = (int(sides.argmax()) + 2) % 3  # the corner opposite the longest side
    leg = float(sides[i])
    if abs(sides[i - 1] - leg) > slack or abs(sides.max() - math.sqrt(2) * leg) > slack:
        return None
    return _of_right(ring[[i, (i + 1) % 3, i - 1]], leg, modes)


def _of_equilateral(ring: Doubles, side: float, modes: int) -> HeatKernel:
    (x, y), (dx, dy) = ring[0].tolist(), (ring[1] - ring[0]).tolist()
    triangle = Equilateral((x, y), math.atan2(dy, dx), side)
    images = EquilateralImages(triangle)
    harmonics = EquilateralHarmonics(triangle, lame_eigenvalues(side, modes))
    flow = _flow_of((ring,), triangle, harmonics)
    return HeatKernel(triangle, images, harmonics, (0.1 * side, side), flow)


def _of_right(ring: Doubles, leg: float, modes: int) -> HeatKernel:
    """Of a ring that starts at the right angle."""
    apex = ring[0].tolist()
    one, other = ((ring[1:] - ring[0]) / leg).tolist()
    corner = Corner(tuple(apex), (tuple(one), tuple(other)), leg)
    square, eigenvalues = Box((0.0, 0.0), (leg, leg)), triangle_eigenvalues(leg, modes)
    axes = axes_of(square, eigenvalues)
    images = TriangleImages(corner, BoxImages(square, axes))
    whole = BoxHarmonics(square, axes, eigenvalues)
    harmonics = TriangleHarmonics(corner, whole, eigenvalues)
    flow = _flow_of((ring,), corner, harmonics)
    return HeatKernel(corner, images, harmonics, (0.1 * leg, 1.5 * leg), flow)
