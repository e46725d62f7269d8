"""What of the walls a mouse takes hold of, by hand-measured places."""

from __future__ import annotations

import pytest

from flowlab.core.reflected.settings import Reflected
from flowlab.scene.reflected.grips import MOST
from flowlab.ui.reflected.grip_at import NEAR, REACH, WALL, grip_at

PIXEL = 0.01
BOX = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
HOLE = ((-0.5, 1.0), (0.5, 1.0), (0.0, 1.5))
DRAWN = Reflected(walls="drawn", outline=(BOX, HOLE))


@pytest.mark.parametrize(
    ("place", "grip"),
    [
        ((2.0, 2.0), ("corner", 0, 2)),
        ((0.0, 1.5), ("corner", 1, 2)),
        ((2.0, 0.5), ("edge", 0, 1)),
        ((-2.0, 0.5), ("edge", 0, 3)),
        ((0.1, 1.0), ("edge", 1, 0)),
        ((0.0, 0.0), ("centre", 0, 0)),
        ((1.2, -0.9), None),
    ],
)
def test_corners_edges_and_the_centre(
    place: tuple[float, float], grip: tuple[str, int, int] | None
) -> None:
    assert grip_at(DRAWN, place, PIXEL)[0] == grip


def test_how_far_each_reaches() -> None:
    assert grip_at(DRAWN, (2 + 0.9 * REACH * PIXEL, 2.0), PIXEL)[0] == ("corner", 0, 2)
    assert grip_at(DRAWN, (2 + 0.9 * WALL * PIXEL, 0.5), PIXEL) == (("edge", 0, 1), True)
    assert grip_at(DRAWN, (2 + 1.2 * WALL * PIXEL, 0.5), PIXEL) == (None, True)
    assert grip_at(DRAWN, (2 + 1.2 * NEAR * PIXEL, 0.5), PIXEL) == (None, False)


def test_the_one_point_lies_above_all_else() -> None:
    settings = Reflected(width=5.0, start_x=2.5, start_y=0.0)
    assert grip_at(settings, (2.5, 0.0), PIXEL, point=True)[0] == ("start", 0, 0)
    assert grip_at(settings, (2.5, 0.0), PIXEL)[0] == ("wall", 0, 0)


def test_there_is_nothing_where_there_are_no_walls() -> None:
    flat = Reflected(walls="drawn", outline=(((0.0, 0.0), (1.0, 0.0), (2.0, 0.0)),))
    assert grip_at(flat, (0.0, 0.0), PIXEL) == (None, False)


def test_no_more_corners_than_can_be_dragged() -> None:
    side = [(k / 10, 0.0) for k in range(MOST - 1)]
    full = Reflected(walls="drawn", outline=((*side, (4.0, 3.0)),))
    assert grip_at(full, (3.05, 0.0), PIXEL)[0] == ("corner", 0, 30)
    assert grip_at(full, (7.0, 1.2), 0.1)[0] == ("wall", 0, 0)  # between two corners
