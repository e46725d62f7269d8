"""The uniform law between the walls, as a shape that a document can have as its source."""

from __future__ import annotations

from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Disc, Polygon, Shape
from flowlab.core.domains import Domain
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.settings import Reflected

_IN_PARTS = "Walls with holes or separate rooms have no uniform source: draw one, or clip another."


def uniform_source(settings: Reflected) -> Shape:
    """The uniform law between the walls: a disc, or a polygon with their corners.

    Raises `Invalid` for walls that enclose nothing, or whose inside no single outline describes.
    """
    domain = walls_of(settings)
    if len(domain.rings) > 1:
        raise Invalid(_IN_PARTS)
    return (_disc(settings) if settings.walls == "disc" else None) or _polygon(domain)


def _disc(settings: Reflected) -> Shape | None:
    """The disc; None for one larger than a shape may be, or further away."""
    x, y = settings.center_x, settings.center_y
    try:
        return Disc(radius=settings.width / 2, offset_x=x, offset_y=y)
    except Invalid:
        return None


def _polygon(domain: Domain) -> Shape:
    return Polygon(vertices=tuple((x, y) for x, y in domain.rings[0].tolist()))
