"""Edits of walls: sizes, places, corners and holes, and the one point that stays inside."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.core.document.limits import Invalid
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected import edits
from flowlab.core.reflected.outlines import OUTLINES, outline_named
from flowlab.core.reflected.settings import MOST_RINGS, STAR, WALLS, Reflected

SQUARE = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
HOLE = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
DRAWN = Reflected(walls="drawn", outline=(SQUARE,))
KINDS = [kind for kind in WALLS if kind != "drawn"]
places = st.tuples(*[st.floats(-9, 9)] * 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_is_reached_by_walls_resized_to_it(kind: str) -> None:
    settings = Reflected(walls=kind, width=4.0, height=4.0, center_x=1.0, center_y=-0.5)
    place = 2.3, 0.9
    made = edits.resized(settings, edits.reach(settings, place))
    away = float(walls_of(made).nearest(np.array([place])).distance[0])
    assert away == pytest.approx(0.0, abs=2e-3)  # settings have three decimals
    assert edits.reach(settings, edits.centre_of(settings)) == pytest.approx(0.0, abs=1e-12)


def test_a_rectangle_s_sides_are_resized_alone() -> None:
    settings = Reflected(walls="rectangle", width=4.0, height=3.0)
    assert edits.resized(settings, 1.5, 1.0).width == 6.0
    assert edits.resized(settings, 1.5, 1.0).height == 3.0
    assert edits.resized(settings, 1.0, 1e6).height == edits.LARGEST
    assert edits.resized(settings, 0.0).width == edits.SMALLEST


@pytest.mark.parametrize("kind", WALLS)
def test_walls_are_moved_as_they_are(kind: str) -> None:
    settings = Reflected(walls=kind)
    made = edits.moved(settings, 0.7, -1.2)
    before, after = walls_of(settings), walls_of(made)
    assert after.area == pytest.approx(before.area, rel=1e-6)
    for old, new in zip(before.rings, after.rings, strict=True):
        np.testing.assert_allclose(new - old, np.tile([0.7, -1.2], (len(old), 1)), atol=1e-9)


def test_drawn_walls_are_resized_about_the_middle_of_their_box() -> None:
    settings = Reflected(walls="drawn", outline=((*SQUARE, (-2.0, 0.0)), HOLE))
    made = edits.resized(settings, 2.0)
    assert walls_of(made).area == pytest.approx(4 * walls_of(settings).area)
    assert edits.centre_of(made) == edits.centre_of(settings)


def test_corners_are_moved_put_in_and_taken_out() -> None:
    moved = edits.with_corner(DRAWN, 0, 2, (3.0, 3.0))
    assert moved.outline[0][2] == (3.0, 3.0)
    added = edits.with_new_corner(DRAWN, 0, 1, (2.5, 0.0))
    assert added.outline[0] == (*SQUARE[:2], (2.5, 0.0), *SQUARE[2:])
    assert edits.without_corner(added, 0, 2).outline == DRAWN.outline
    triangle = edits.without_corner(DRAWN, 0, 0)
    with pytest.raises(Invalid, match="three corners"):
        edits.without_corner(triangle, 0, 0)
    flat = replace(DRAWN, outline=(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)),))
    with pytest.raises(Invalid, match="enclose an area"):
        edits.with_corner(flat, 0, 2, (2.0, 0.0))


def test_a_hole_that_has_three_corners_goes_as_a_whole() -> None:
    settings = edits.with_hole(DRAWN, HOLE[:3])
    assert edits.without_corner(settings, 1, 0).outline == DRAWN.outline


def test_holes_must_lie_inside() -> None:
    made = edits.with_hole(DRAWN, HOLE)
    assert walls_of(made).area == pytest.approx(15.0)
    with pytest.raises(Invalid, match="outside the walls"):
        edits.with_hole(DRAWN, tuple((x + 9, y) for x, y in HOLE))
    with pytest.raises(Invalid, match="crosses"):
        edits.with_hole(DRAWN, tuple((x + 2, y) for x, y in HOLE))
    full = replace(DRAWN, outline=(SQUARE, *[HOLE] * (MOST_RINGS - 1)))
    with pytest.raises(Invalid, match="already"):
        edits.with_hole(full, HOLE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hole_makes_measured_walls_drawn_ones(kind: str) -> None:
    settings = Reflected(walls=kind)
    made = edits.with_hole(settings, HOLE)
    assert made.walls == "drawn"
    assert walls_of(made).area == pytest.approx(walls_of(settings).area - 1.0, rel=2e-3)


def test_walls_that_cross_themselves_are_known() -> None:
    assert not edits.crosses(DRAWN)
    assert edits.crosses(edits.with_corner(DRAWN, 0, 2, (-5.0, -1.0)))


@given(places, st.sampled_from([*KINDS, *OUTLINES]))
def test_the_one_point_is_always_inside(place: tuple[float, float], kind: str) -> None:
    settings = Reflected(walls=kind) if kind in KINDS else _of(kind)
    settings = edits.with_start_inside(
        replace(settings, start="point", start_x=place[0], start_y=place[1])
    )
    start = np.array([[settings.start_x, settings.start_y]])
    domain = walls_of(settings)
    assert domain.depth_beyond(start)[0] <= domain.slack
    away = math.dist(start[0], place)
    assert away <= domain.depth_beyond(np.array([place]))[0] + 2e-3 * domain.size


def test_a_point_inside_stays() -> None:
    settings = Reflected(start="point", start_x=1.0, start_y=2.0)
    assert edits.with_start_inside(settings) == settings


def _of(name: str) -> Reflected:
    return Reflected(walls="drawn", outline=OUTLINES[name].rings)


@pytest.mark.parametrize("name", OUTLINES)
def test_every_outline_is_walls(name: str) -> None:
    domain, known = walls_of(_of(name)), OUTLINES[name]
    assert outline_named(known.rings) == name
    assert sum(map(len, known.rings)) <= 80  # corners that can be dragged one by one
    assert domain.size == pytest.approx(5.0, abs=0.7)
    assert len(domain.rings) == (2 if name in ("ring", "apart") else 1)
    assert bool(domain.notes) == (name == "apart")


def test_areas_of_the_outlines() -> None:
    assert walls_of(_of("ring")).area == pytest.approx(math.pi * (2.6**2 - 1.1**2), rel=0.01)
    assert walls_of(_of("cross")).area == pytest.approx(2 * 5.0 * 1.8 - 1.8**2)
    assert walls_of(_of("apart")).area == pytest.approx((3.0 + 2.0) * 3.4)
    assert walls_of(_of("heart")).area == pytest.approx(180 * math.pi * (2.5 / 16) ** 2, rel=0.01)
    assert OUTLINES["star"].rings == STAR
    assert outline_named((SQUARE,)) == ""
