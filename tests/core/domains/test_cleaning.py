"""Strokes as people draw them become walls, with a note; what encloses nothing is refused."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from flowlab.core import domains
from flowlab.core.document.limits import Invalid
from flowlab.core.domains import cleaning
from tests.helpers.walls import BOX, circle, draw, region, star


def test_clean_walls_stay_as_they_are() -> None:
    for corners in (BOX, BOX[::-1], star(), np.vstack([BOX, BOX[:1]]), np.repeat(BOX, 2, axis=0)):
        domain = domains.polygon(corners)
        assert domain.notes == ()
        assert domain.area == pytest.approx(shapely.Polygon(corners).area, rel=1e-12)
        assert {tuple(p) for p in domain.rings[0]} == {tuple(p) for p in corners}


def test_a_star_in_one_stroke_is_filled() -> None:
    domain = domains.polygon(circle(5)[[0, 2, 4, 1, 3]])
    assert domain.notes == (cleaning.CROSSED,)
    assert bool(domain.inside([[0.0, 0.0]]).all())
    assert len(domain.rings) == 1
    assert len(domain.rings[0]) == 10


def test_a_path_around_a_hole_and_back_leaves_the_hole() -> None:
    inner = np.vstack([circle(20, 0.5)[::-1], circle(20, 0.5)[-1:]])
    path = np.vstack([circle(40), circle(40)[:1], inner[-1:], inner])
    domain = domains.polygon(path)
    assert not bool(domain.inside([[0.0, 0.0]]).any())
    assert bool(domain.inside([[0.75, 0.1]]).all())
    assert len(domain.rings) == 2


def test_a_figure_of_eight_is_two_rooms() -> None:
    domain = domains.polygon([(-1, -1), (1, 1), (1, -1), (-1, 1)])
    assert cleaning.CROSSED in domain.notes
    assert domain.area == pytest.approx(2.0, rel=1e-5)
    assert sorted(domain.rooms([[-0.5, 0.0], [0.5, 0.0]]).tolist()) == [0, 1]


def test_an_open_stroke_is_closed_and_a_slip_at_its_ends_left_out() -> None:
    opened = circle(100)[:80]
    domain = domains.polygon(opened)
    assert domain.notes == (cleaning.CLOSED,)
    assert domain.area == pytest.approx(shapely.Polygon(opened).area)
    slip = domains.polygon([(0, 0), (1, 0), (1, 1), (0, 1), (0.004, -0.004)])
    assert set(slip.notes) == {cleaning.CROSSED, cleaning.SPECKS}
    assert len(slip.rings) == 1


def test_of_very_many_corners_those_that_are_seen_remain() -> None:
    smooth = circle(2_000)
    domain = domains.polygon(smooth)
    assert domain.notes == (cleaning.THINNED,)
    assert len(domain.rings[0]) < 300
    assert shapely.Polygon(smooth).boundary.hausdorff_distance(region(domain)) < 2.1e-4
    assert domains.polygon(circle(499)).notes == ()


def test_corners_by_hand_are_no_open_stroke() -> None:
    assert domains.polygon([(0, 0), (1, 0), (1.2, 0.1), (1.3, 0.3), (1.3, 5.0)]).notes == ()


def test_holes_are_cut_out_and_joined_where_they_overlap() -> None:
    holes = [circle(20, 0.1, (0.4, 0.5)), circle(20, 0.1, (0.5, 0.5)), circle(4, 0.05, (0.8, 0.8))]
    domain = domains.polygon(BOX, holes)
    assert domain.notes == (cleaning.JOINED,)
    assert len(domain.rings) == 3
    whole = shapely.Polygon(BOX).difference(shapely.union_all([shapely.Polygon(h) for h in holes]))
    assert domain.area == pytest.approx(whole.area)


def test_walls_that_touch_at_a_corner_tell_their_sides() -> None:
    hourglass = [(-1, -1), (0, 0), (1, -1), (1, 1), (0, 0), (-1, 1)]
    domain = domains.polygon(hourglass)
    assert cleaning.TOUCHED in domain.notes
    x, step = draw(domain, 2_000, 1.0)
    moved = domain.reflect(x, step)
    assert bool(domain.inside(moved).all())
    assert bool((domain.rooms(x) == domain.rooms(moved)).all())
    holes = [[(0.2, 0.2), (0.5, 0.5), (0.2, 0.5)], [(0.5, 0.5), (0.8, 0.5), (0.8, 0.8)]]
    pair = domains.polygon(BOX, holes)
    assert cleaning.TOUCHED in pair.notes
    assert pair.area == pytest.approx(1 - 0.09, abs=1e-5)
    x = np.random.default_rng(0).random((2_000, 2))
    assert np.array_equal(pair.inside(x).numpy(), shapely.contains_xy(region(pair), x))


@pytest.mark.parametrize(
    ("vertices", "holes", "words"),
    [
        ([(0, 0), (1, 1)], (), "at least 3 vertices, not 2"),
        ([], (), "vertices"),
        ([(0, 0), (1, 1), (2, 2)], (), "must enclose an area"),
        ([(0, 0)] * 5, (), "enclose no area"),
        ([(0, 0), (1, 0), (0, 0), (1, 0)], (), "must enclose an area"),
        ([(0, 0), (1, 0), (1, np.nan)], (), "finite"),
        ([(0, 0), (1, 0), (1, 1e300)], (), "finite"),
        ([(1e9, 0), (1e9 + 1, 0), (1e9, 1)], (), "this far from 0"),
        ([(0, 0, 0), (1, 0, 0), (1, 1, 0)], (), "rows of 2 numbers"),
        ("walls", (), "real numbers"),
        (np.zeros((4001, 2)), (), "at most 4,000 vertices"),
        (BOX, [BOX + 5], "outside the walls"),
        (BOX, [BOX + 0.5], "crosses or touches"),
        (BOX, [BOX * 0.5], "crosses or touches"),
        (BOX, [BOX], "crosses or touches"),
        (BOX, [BOX * 3 - 1], "crosses or touches"),
        (BOX, [[(0.1, 0.1), (0.2, 0.2)]], "A hole must have at least 3"),
        (BOX, [[(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)]], "A hole must enclose an area"),
        (BOX, 3, "Holes must be a list"),
        (BOX, [3], "A hole"),
        (
            [BOX, BOX[:3]],
            [],
            "The walls must be one closed stroke, not several outlines. Give holes",
        ),
        (np.stack([BOX, BOX]), [], "not several outlines"),
        (BOX, [[BOX]], "A hole must be one closed stroke"),
        (BOX, [np.array(BOX) + 9.0], "several rooms"),
    ],
)
def test_walls_that_enclose_nothing_are_refused_in_one_sentence(
    vertices: object, holes: object, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as told:
        domains.polygon(vertices, holes)  # type: ignore[arg-type]
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 160


def test_wild_strokes_become_walls_or_are_refused() -> None:
    for seed in range(6):
        numbers = np.random.default_rng(seed)
        stroke = np.cumsum(numbers.standard_normal((numbers.integers(3, 60), 2)), axis=0)
        domain = domains.polygon(stroke)
        x, step = draw(domain, 100, 0.5, seed)
        moved = domain.reflect(x, step)
        assert bool(domain.inside(moved).all())
        assert bool((domain.rooms(x) == domain.rooms(moved)).all())
        assert domain.area == pytest.approx(region(domain).area, rel=1e-6)
