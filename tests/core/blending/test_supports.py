"""The outline of what can be blended, beside shapely's convex hulls of all sums of corners."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from flowlab.core.blending import chain, support_of
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Polygon, Shape
from flowlab.core.exact.outlines import outline_of

DART = Polygon(vertices=((-4.0, -4.0), (0.0, -3.0), (4.0, -4.0), (0.0, 3.0)), rotation=20.0)
PAIRS = [
    ("triangle", "square"),
    ("square", "square"),
    ("rhombus", "triangle"),
    (DART, "triangle"),
    (DART, DART),
    ("checkerboard", "triangle"),
]


def shape(given: str | Shape) -> Shape:
    return named(given) if isinstance(given, str) else given


def parts(given: str | Shape, by: float) -> list[shapely.Geometry]:
    outline = outline_of(shape(given))
    assert outline is not None
    return [
        affinity.scale(shapely.Polygon(p), by, by, origin=(0, 0)) for p in outline.pieces.numpy()
    ]


def minkowski(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    corners = [np.array(part.exterior.coords) for part in (one, other)]
    return shapely.MultiPoint((corners[0][:, None] + corners[1]).reshape(-1, 2)).convex_hull


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_parts_make_up_the_minkowski_sum(source, target, alpha: float) -> None:
    outlines = support_of(shape(source), shape(target))
    ours = [shapely.Polygon((1 - alpha) * part[:, :2] + alpha * part[:, 2:]) for part in outlines]
    assert all(part.is_valid for part in ours)
    sums = [minkowski(p, q) for p in parts(source, 1 - alpha) for q in parts(target, alpha)]
    area = shapely.union_all(sums).area
    assert shapely.union_all(ours).area == pytest.approx(area, rel=1e-5)
    assert shapely.union_all(sums + ours).area == pytest.approx(area, rel=1e-5)


def test_chains_stay_within() -> None:
    points = chain(DART, "triangle", 500, 4).points
    outlines = support_of(DART, named("triangle"))
    for k, alpha in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        blends = [(1 - alpha) * part[:, :2] + alpha * part[:, 2:] for part in outlines]
        whole = shapely.union_all([shapely.MultiPoint(b).convex_hull for b in blends]).buffer(1e-4)
        assert shapely.contains_xy(whole, *points[k].T.astype(float)).all()


def test_without_straight_edges_there_is_none() -> None:
    assert support_of(named("triangle"), named("disc")) == ()
    assert support_of(named("gaussian"), named("square")) == ()


def test_a_polygon_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="crosses"):
        support_of(Polygon(vertices=((0, 0), (2, 2), (2, 0), (0, 2))), named("square"))
