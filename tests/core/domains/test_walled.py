"""Triangles and polygons as values: where they lie, and that their walls are made once."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core import domains
from flowlab.core.domains import walled
from tests.helpers.walls import BOX, circle


def test_triangles_lie_about_their_centre_of_mass() -> None:
    for kind, area, perimeter in (("equilateral", 3**0.5, 6.0), ("right", 2.0, 4 + 8**0.5)):
        domain = domains.triangle(kind, 2.0, (1.0, 3.0))
        assert domain.perimeter == pytest.approx(perimeter)
        assert domain.area == pytest.approx(area)
        assert np.allclose(domain.rings[0].mean(axis=0), (1.0, 3.0))


def test_equal_polygons_share_their_walls() -> None:
    walled._walls.cache_clear()
    for _ in range(3):
        domain = domains.polygon(BOX.tolist(), [circle(5, 0.1, (0.5, 0.5))])
        domain.inside([[0.5, 0.2]])
    assert walled._walls.cache_info().misses == 1


def test_a_polygon_holds_what_was_drawn() -> None:
    """So that nothing of the stroke is lost in a document: walls are made of it anew."""
    eight = ((-1.0, -1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0))
    domain = domains.polygon(np.array(eight))
    assert domain.vertices == eight
    assert domain == walled.Polygon(vertices=eight)
    assert len(domain.rings) == 2
