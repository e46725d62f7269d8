"""The grids over walls: what they promise holds at every point of every cell."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from flowlab.core.domains.walls import Squares, Walls
from tests.helpers.walls import STRAIGHT, region


def walls_of(name: str) -> Walls:
    domain = STRAIGHT[name]
    return Walls(domain.rings, [0] * len(domain.rings), domain.slack)


@pytest.mark.parametrize("name", STRAIGHT)
def test_the_clearance_of_a_cell_is_never_too_large(name: str) -> None:
    walls, domain = walls_of(name), STRAIGHT[name]
    x0, y0, x1, y1 = domain.bounds
    x = np.random.default_rng(0).uniform((x0, y0), (x1, y1), (20_000, 2))
    cell = walls.clearance.cell(x[:, 0], x[:, 1])
    whole = region(domain)
    far = shapely.distance(shapely.points(x), whole.boundary)
    far = np.where(shapely.contains_xy(whole, x), far, 0.0)
    assert (np.sqrt(np.maximum(walls.clearance.square[cell], 0)) <= far + 1e-12).all()
    assert not walls.clearance.unsure[cell[far > 0.03 * domain.size]].any()


@pytest.mark.parametrize("name", STRAIGHT)
def test_the_lists_of_a_cell_bound_the_distance_of_every_edge(name: str) -> None:
    walls, domain = walls_of(name), STRAIGHT[name]
    x0, y0, x1, y1 = domain.bounds
    x = np.random.default_rng(1).uniform((x0, y0), (x1, y1), (300, 2))
    near = walls.near
    cell = near.squares.cell(x[:, 0], x[:, 1])
    for point, c in zip(x, cell, strict=True):
        every = walls.distances(np.tile(point, (len(walls.start), 1)), np.arange(len(walls.start)))
        listed = near.edge[:, c]
        assert (near.bound[:-1, c] <= every[listed] + 1e-12).all()
        assert (np.diff(near.bound[:, c]) >= 0).all()
        rest = np.delete(every, listed)
        assert not len(rest) or rest.min() >= near.bound[-1, c] - 1e-12


def test_points_beyond_the_grid_have_its_frame() -> None:
    squares = Squares(walls_of("star"), 16)
    far = np.array([-1e15, 1e15, 0.0])
    assert squares.cell(far, far, border=1).tolist() == [0, 18 * 18 - 1, 9 * 18 + 9]
    assert squares.covers(np.stack([far, far], axis=1)).tolist() == [False, False, True]
    assert not walls_of("star").near.nearest(np.array([[5.0, 5.0], [0.0, 1e9]]))[1].any()


@pytest.mark.parametrize("name", STRAIGHT)
def test_what_is_outside_is_what_is_further_than_a_slack_from_the_polygon(name: str) -> None:
    walls, domain = walls_of(name), STRAIGHT[name]
    x0, y0, x1, y1 = domain.bounds
    x = np.random.default_rng(3).uniform(
        (2 * x0 - x1, 2 * y0 - y1), (2 * x1 - x0, 2 * y1 - y0), (20_000, 2)
    )
    far = shapely.distance(shapely.points(x), region(domain))
    for slack in (0.0, 0.05 * domain.size):
        sure = np.abs(far - slack) > 1e-9 * domain.size
        assert (walls.outside(x, slack) == (far > slack))[sure].all()
