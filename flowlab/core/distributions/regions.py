"""Regions of a drawing: the outline of a stroke under a point, and regions joined.

A region is a list of rings (n, 2), without the first point repeated: outlines counter-clockwise,
holes clockwise. `keyhole` joins them to the one closed path that a stroke of the kind "move" has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.polygon import orient

from flowlab.core.array_types import Bools, Doubles
from flowlab.core.distributions.drawing import apply
from flowlab.core.document.shapes import Stroke

CELLS = 128  # of the sheet on which strokes are looked for
INK, HIT = 0.02, 0.05  # least coverage that belongs to a stroke, and that a click can pick
EDITS = ("eraser", "move")  # strokes that change earlier ones and add nothing

Point = tuple[float, float]
Rings = tuple[Doubles, ...]


def stroke_at(strokes: Sequence[Stroke], half_width: float, point: Point) -> Rings:
    """The region of the newest stroke that is visible at a point, where later edits left it."""
    column, row = (int((c / half_width + 1) * CELLS / 2) for c in point)
    if not (0 <= column < CELLS and 0 <= row < CELLS):
        return ()
    for k in range(len(strokes) - 1, -1, -1):
        if strokes[k].tool in EDITS:
            continue
        later = [s for s in strokes[k + 1 :] if s.tool in EDITS]
        if later or _near(strokes[k], point):
            cover = _cover(strokes[k], later, half_width)
            if cover[row, column] >= HIT:
                return outlines(cover >= INK, half_width)
    return ()


def _near(stroke: Stroke, point: Point) -> bool:
    """False if the point lies outside the stroke's box, so that the stroke can't be there."""
    path = stroke.path.values[:, :2]
    low, high = path.min(axis=0) - stroke.size, path.max(axis=0) + stroke.size
    across = (1, -1) if stroke.mirror in ("x", "both") else (1,)
    along = (1, -1) if stroke.mirror in ("y", "both") else (1,)
    images = np.array([(point[0] * sx, point[1] * sy) for sx in across for sy in along])
    return bool(((low <= images) & (images <= high)).all(axis=1).any())


def _cover(stroke: Stroke, later: Sequence[Stroke], half_width: float) -> Doubles:
    """What is left of one stroke after the later edits, from 0 to 1 a cell."""
    layers = np.zeros((1, CELLS, CELLS), np.float32)
    for each in (replace(stroke, label=0), *later):
        layers = apply(layers, each, half_width)
    return np.asarray(layers[0], float)


def outlines(mask: Bools, half_width: float) -> Rings:
    """The rings around all marked cells of a square sheet, rows upwards, and a little more."""
    cell = 2 * half_width / len(mask)
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, left = np.nonzero(edges == 1)
    right = np.nonzero(edges == -1)[1]
    x0, x1, y0 = (c * cell - half_width for c in (left, right, rows))
    runs = shapely.box(x0, y0, x1, y0 + cell)
    smooth = shapely.union_all(runs).buffer(cell, quad_segs=2).simplify(cell / 4)
    return _rings(smooth)


def union(a: Rings, b: Rings) -> Rings:
    """The region that two regions cover together."""
    return _rings(shapely.union(_area(a), _area(b)))


def keyhole(rings: Rings) -> Doubles:
    """One closed path (n, 2) around all rings; it goes to each and back along the same line."""
    first, *others = rings
    if not others:
        return first
    home = first[:1]
    parts = [first, home]
    for ring in others:
        parts += [ring, ring[:1], home]
    return np.concatenate(parts)


def _area(rings: Rings) -> shapely.Geometry:
    """The covered area by the even-odd rule."""
    area = shapely.Polygon()
    for ring in rings:
        area = area.symmetric_difference(shapely.make_valid(shapely.Polygon(ring)))
    return area


def _rings(area: shapely.Geometry) -> Rings:
    found = []
    for part in shapely.get_parts(area):
        if isinstance(part, shapely.Polygon) and part.area:
            turned = orient(part)
            found += [np.array(r.coords)[:-1] for r in (turned.exterior, *turned.interiors)]
    return tuple(found)
