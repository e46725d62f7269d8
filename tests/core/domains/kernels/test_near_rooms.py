"""Two rooms that nearly touch: on the grid they share cells, and yet nothing passes the wall."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.cut_cells import cut_cells
from flowlab.core.domains.kernels.factory import numerical_kernel, rough_flow
from flowlab.core.domains.kernels.grid_reading import GridReader
from flowlab.core.domains.kernels.kernel import HeatKernel
from flowlab.core.domains.kernels.marginal import GridFlow, Marginal
from tests.helpers.walled import SQUARE, Walled

CELLS = 64
GAP = 0.01 / CELLS
LEFT = 0.47  # in the middle of no cell, and at no face
SIZES = (LEFT, 1.0), (1 - LEFT - GAP, 1.0)
RINGS = SQUARE * SIZES[0], SQUARE * SIZES[1] + [LEFT + GAP, 0.0]
POLYGON = shapely.MultiPolygon([shapely.Polygon(ring) for ring in RINGS])
SIGMAS = (0.004, 0.05, 0.1, 2.0)


def rates(size: tuple[float, float]) -> list[float]:
    """The eigenvalues of a rectangle, in closed form."""
    waves = itertools.product(range(12), repeat=2)
    return [math.pi**2 * ((m / size[0]) ** 2 + (n / size[1]) ** 2) for m, n in waves]


def grid_of(side: int = 94) -> Doubles:
    """x of pixels over the bounds, which neither the grid nor the wall are in line with."""
    return np.broadcast_to((np.arange(side) + 0.5) / side, (side, side))


@pytest.fixture(scope="module")
def own() -> HeatKernel:
    return numerical_kernel(RINGS, 60, CELLS)


@pytest.fixture(scope="module")
def places() -> tuple[Doubles, Doubles]:
    """Points in both rooms, some of them a hair from the wall between them."""
    y = np.linspace(0.01, 0.79, 40)
    away = np.array([1e-6, 1e-4, 0.003, 0.01, 0.05, 0.2, 0.4])
    left, right = (
        np.stack(np.meshgrid(x, y), -1).reshape(-1, 2) for x in (LEFT - away, LEFT + GAP + away)
    )
    return left, right


def test_a_cell_that_two_rooms_share_is_there_twice() -> None:
    cells = cut_cells(POLYGON, CELLS)
    both = cells.by_room(cells.active).all(0)
    assert both.any(0).sum() == 1
    assert cells.volumes.sum() == pytest.approx(POLYGON.area, rel=1e-9)
    one = cells.of_room(1)
    alone = cells.operator[cells.room == 1][:, cells.room == 1]
    assert abs(one.operator - alone).max() == 0
    assert abs(cells.operator[cells.room == 0][:, cells.room == 1]).max() == 0
    assert np.array_equal(one.centers(), cells.centers()[cells.room == 1])


def test_each_room_has_a_zero_and_its_own_eigenvalues(own: HeatKernel) -> None:
    known = np.sort([rate for size in SIZES for rate in rates(size)])[:60]
    found = own.eigenvalues.numpy()
    assert np.abs(found[:2]).max() < 1e-9
    np.testing.assert_allclose(found[2:], known[2:], rtol=2e-3)
    functions, held = own.harmonics.functions, own.harmonics.cells.volumes  # type: ignore[attr-defined]
    gram = functions.T @ (functions * held[:, None])
    np.testing.assert_allclose(gram, np.eye(60), atol=1e-6)
    np.testing.assert_allclose(functions[:, 0], POLYGON.area**-0.5, rtol=1e-9)


def test_the_kernel_is_that_of_the_start_s_room(
    own: HeatKernel, places: tuple[Doubles, Doubles]
) -> None:
    left, right = places
    alone = numerical_kernel(RINGS[:1], 60, CELLS)
    for tau in (0.01, 0.1, 3.0):
        assert np.abs(own.harmonics.density(right, left[:1], np.full(len(right), tau))).max() < 1e-9
        found, known = (k.density(left, left[100], tau).numpy() for k in (own, alone))
        np.testing.assert_allclose(found, known, rtol=5e-3, atol=5e-3 * known.max())


@pytest.mark.parametrize("sigma", SIGMAS)
def test_what_begins_in_one_room_stays_there(
    own: HeatKernel, places: tuple[Doubles, Doubles], sigma: float
) -> None:
    """In the other room one finds no more than rounding: 1e-13 of the peak, alike everywhere."""
    left, right = places
    for flow in (own._flow, rough_flow(Walled(RINGS))):
        start = (grid_of() < LEFT).astype(float)
        start[:, 20:] *= 1 + grid_of()[:, 20:]
        found = flow.marginals(start, np.array([sigma**2 / 2]))[0]
        assert float(found.density(right).max()) < 1.1e-13 * np.nanmax(found.picture)
        assert float(found.score(right).abs().max()) * sigma < 1e-6
        assert masses(flow, found) == pytest.approx([1.0, 0.0], abs=1e-9)
        assert float(found.density(left).min()) > 0.5


@pytest.mark.parametrize("sigma", SIGMAS)
def test_each_room_keeps_its_share(own: HeatKernel, sigma: float) -> None:
    """Also beside the wall each room's density is that of the room alone."""
    start = np.where(grid_of() < LEFT, 1.0, 20.0)
    found = own._flow.marginals(start, np.array([sigma**2 / 2]))[0]
    one = 1 / (1 + 20 * SIZES[1][0] / LEFT)
    assert masses(own._flow, found) == pytest.approx([one, 1 - one], abs=2e-3)
    y = np.linspace(0.01, 0.79, 30)
    for x, level in ((LEFT - 1e-6, one / LEFT), (LEFT + GAP + 1e-6, 20 * one / LEFT)):
        beside = found.density(np.stack([np.full_like(y, x), y], 1)).numpy()
        near = 0.02 if sigma * CELLS > 1 else 0.1  # less than a cell: as at any wall between cells
        np.testing.assert_allclose(beside, level, rtol=near)


def masses(flow: GridFlow, found: Marginal) -> list[float]:
    """In the room at the left, and in the other."""
    order = flow._reader.rooms(np.array([[0.1, 0.1], [0.9, 0.1]]))
    return flow._masses(np.exp(found._logs))[order].tolist()


def test_one_room_is_read_as_ever() -> None:
    polygon = POLYGON.geoms[0]
    reader = GridReader(cut_cells(polygon, 16), polygon)
    assert reader.cells.rooms == 1
    assert not reader.rooms(np.array([[9.0, 9.0]])).any()
    picture = np.where(reader.cells.active, 1.0, np.nan)
    assert np.array_equal(reader.cells.seen(picture), picture, equal_nan=True)
