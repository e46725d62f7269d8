"""Regions of a drawing: what a click picks, where later moves left it, and how regions join."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from flowlab.core.distributions.drawing import rasterise
from flowlab.core.distributions.regions import keyhole, outlines, stroke_at, union
from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Stroke

HALF = 5.0


def line(x0, y0, x1, y1, **more):
    return Stroke(tool="line", path=Array([(x0, y0, 1.0), (x1, y1, 1.0)]), **more)


def polygon(*corners, tool="polygon", **more):
    return Stroke(tool=tool, path=Array([(x, y, 1.0) for x, y in corners]), **more)


def square(x, y, side):
    return polygon((x, y), (x + side, y), (x + side, y + side), (x, y + side))


def area(rings):
    return sum(
        0.5 * float(np.sum(r[:, 0] * np.roll(r[:, 1], -1) - r[:, 1] * np.roll(r[:, 0], -1)))
        for r in rings
    )


def test_a_click_picks_the_newest_stroke_under_it():
    below, above = square(-2, -2, 4), line(-3, 0, 3, 0, size=0.4)
    picked = stroke_at((below, above), HALF, (0, 0))
    x, y = np.concatenate(picked).T
    assert (x.min(), x.max()) == pytest.approx((-3.2, 3.2), abs=0.16)
    assert (y.min(), y.max()) == pytest.approx((-0.2, 0.2), abs=0.16)
    beneath = np.concatenate(stroke_at((below, above), HALF, (0, 1.5)))
    assert beneath[:, 1].max() == pytest.approx(2, abs=0.16)


@pytest.mark.parametrize("point", [(0, 3), (4.9, -4.9), (9, 0), (-5.1, 0)])
def test_where_nothing_is_drawn_nothing_is_picked(point):
    assert stroke_at((square(-2, -2, 4),), HALF, point) == ()
    assert stroke_at((), HALF, point) == ()


def test_a_stroke_is_picked_where_a_move_has_left_it():
    around = [(-3, -1), (3, -1), (3, 1), (-3, 1)]
    moved = polygon(*around, tool="move", shift_y=3.0, turn=90.0)
    strokes = (line(-2, 0, 2, 0, size=0.4), moved)
    assert stroke_at(strokes, HALF, (1.5, 0)) == ()
    x, y = np.concatenate(stroke_at(strokes, HALF, (0, 4))).T
    assert (x.min(), x.max()) == pytest.approx((-0.2, 0.2), abs=0.2)
    assert (y.min(), y.max()) == pytest.approx((0.8, 5.0), abs=0.2)


def test_what_is_erased_is_not_picked():
    eraser = Stroke(tool="eraser", path=Array([(0, -1, 1), (0, 1, 1)]), size=2.0)
    strokes = (line(-3, 0, 3, 0, size=0.4), eraser)
    assert stroke_at(strokes, HALF, (0, 0)) == ()
    assert len(stroke_at(strokes, HALF, (2, 0))) == 2  # both ends of the one stroke


@pytest.mark.parametrize(("mirror", "images"), [("none", 1), ("x", 2), ("y", 2), ("both", 4)])
def test_a_mirrored_stroke_is_picked_with_its_images(mirror, images):
    stroke = line(1, 1, 3, 2, size=0.4, mirror=mirror)
    at = {"none": (2, 1.5), "x": (-2, 1.5), "y": (2, -1.5), "both": (-2, -1.5)}[mirror]
    assert len(stroke_at((stroke,), HALF, at)) == images


def test_a_region_covers_its_stroke_and_keeps_its_hole():
    angle = np.linspace(0, 2 * np.pi, 100)
    ring = Stroke(
        path=Array(np.column_stack([2 * np.cos(angle), 2 * np.sin(angle), 1 + 0 * angle])), size=1.0
    )
    rings = stroke_at((ring,), HALF, (2, 0))
    assert len(rings) == 2
    assert area(rings) == pytest.approx(np.pi * (2.5**2 - 1.5**2), rel=0.25)
    moved = Stroke(
        tool="move", path=Array(np.column_stack([keyhole(rings), np.ones(len(keyhole(rings)))])),
        shift_x=1.0,
    )  # fmt: skip
    dot = Stroke(path=Array([(0, 0, 1)]), size=0.5)
    before, after = (rasterise(s, HALF)[0].astype(float) for s in ((ring, dot), (ring, dot, moved)))
    assert after.sum() == pytest.approx(before.sum(), rel=1e-3)
    assert after[128, 128] == pytest.approx(before[128, 128])  # in the hole: stays
    grid = (np.arange(256) + 0.5) / 256 * 10 - 5
    centre = (before - after).sum(0) @ grid
    ring_mass = before.sum() - rasterise((dot,), HALF)[0].sum()
    assert centre == pytest.approx(-ring_mass, rel=0.01)  # all of the ring, by one


def test_outlines_agree_with_shapely_on_blobs():
    rng = np.random.default_rng(3)
    mask = np.zeros((128, 128), bool)
    for row, column in rng.integers(10, 110, (12, 2)):
        mask[row : row + 8, column : column + 5] = True
    rings, cell = outlines(mask, HALF), 2 * HALF / 128
    rows, columns = np.nonzero(mask)
    x, y = ((c + 0.5) * cell - HALF for c in (columns, rows))
    polygons = [shapely.Polygon(r) for r in rings]
    inside = sum(shapely.contains_xy(p, x, y).astype(int) for p in polygons)
    assert (inside % 2 == 1).all()
    assert mask.sum() * cell**2 < area(rings) < 1.8 * mask.sum() * cell**2


def test_union_is_the_area_of_both():
    a = (np.array([(0, 0), (2, 0), (2, 2), (0, 2)], float),)
    b = (np.array([(1, 1), (3, 1), (3, 3), (1, 3)], float),)
    far = (np.array([(4, 0), (5, 0), (5, 1), (4, 1)], float),)
    assert area(union(a, b)) == pytest.approx(7)
    assert area(union(union(a, b), far)) == pytest.approx(8)
    assert len(union(a, far)) == 2
    assert area(union(a, a)) == pytest.approx(4)


def test_a_keyhole_has_the_area_of_its_rings():
    outer = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], float)
    hole = np.array([(1, 1), (1, 2), (2, 2), (2, 1)], float)
    far = np.array([(6, 0), (7, 0), (7, 1), (6, 1)], float)
    path = keyhole((outer, hole, far))
    assert area((path,)) == pytest.approx(16 - 1 + 1)
    np.testing.assert_array_equal(keyhole((outer,)), outer)
