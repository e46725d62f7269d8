"""Harmonics that ship: those of the presets' walls, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from flowlab.core.document.gallery import preset, preset_names
from flowlab.core.domains.kernels.cut_cells import cut_cells
from flowlab.core.domains.kernels.eigenpairs import eigenpairs, grids_of
from flowlab.core.domains.kernels.polygon import CELLS, PolygonShape
from flowlab.core.domains.kernels.shipped import packed, shipped, unpacked
from flowlab.core.domains.of_settings import walls_of

BLOB = shapely.Polygon([(0, 0), (3, 0.2), (3.3, 2), (1.7, 1.1), (0.2, 2.4)])


@pytest.fixture(scope="module")
def walls() -> list[shapely.Polygon]:
    """The polygons of all presets with drawn walls, each once."""
    settings = [preset(name).reflected for name in preset_names()]
    drawn = {each.outline: each for each in settings if each.walls == "drawn"}
    return [PolygonShape(walls_of(each).rings).polygon for each in drawn.values()]


def test_those_of_each_preset_are_eigenpairs_on_its_grid(walls: list[shapely.Polygon]) -> None:
    assert len(walls) > 2
    for polygon in walls:
        known = shipped(polygon, 200, CELLS)
        assert known is not None
        values, functions = known
        cells = cut_cells(polygon, CELLS)
        scaled = functions * np.sqrt(cells.volumes)[:, None]
        assert np.abs(scaled.T @ scaled - np.eye(200)).max() < 2e-3  # orthonormal
        residual = np.linalg.norm(cells.operator @ scaled - scaled * values, axis=0)
        assert (residual <= 0.04 * (values + values[1])).all()
        assert (np.diff(values, prepend=0.0) >= 0).all()


def test_packing_keeps_22_bits_wherever_the_walls_lie_and_however_large_they_are(
    walls: list[shapely.Polygon],
) -> None:
    values, functions = eigenpairs(grids_of(BLOB, 12, 32), 12)
    again = unpacked(packed(BLOB, values, functions)) / 3.3
    assert np.abs(again - functions).max() <= np.abs(functions).max() * 2.0**-21
    star = walls[0]
    other = shapely.affinity.translate(shapely.affinity.scale(star, 3, 3, origin=(0, 0)), 5, -7)
    here, there = shipped(star, 9, CELLS), shipped(other, 9, CELLS)
    assert here is not None
    assert there is not None
    (near, small), (far, large) = here, there
    np.testing.assert_allclose(9 * far[1:], near[1:], rtol=1e-12)
    np.testing.assert_allclose(3 * large, small, rtol=1e-9)


def test_other_walls_grids_and_numbers_are_computed(walls: list[shapely.Polygon]) -> None:
    star = walls[0]
    assert shipped(BLOB, 200, CELLS) is None
    assert shipped(star, 200, 64) is None
    assert shipped(star, 201, CELLS) is None
