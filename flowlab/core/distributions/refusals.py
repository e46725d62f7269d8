"""Why a shape can't be used, before anything is computed with it; imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.document import shapes
from flowlab.core.document.fingerprints import fingerprint
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape

if TYPE_CHECKING:
    from flowlab.core.document.document import Document

OTHER_PAIRS = (
    "The reflow pairs join other distributions than these: choose another coupling, "
    "train, and press Reflow again."
)


def check_shape(shape: Shape) -> None:
    """Raise `Invalid` for a text, picture or polygon that describes no distribution.

    An empty drawing is none either, but people draw on it, so it passes.
    """
    if isinstance(shape, shapes.Text):
        from flowlab.core.distributions.text import letters

        letters(shape.text, shape.font)
    elif isinstance(shape, shapes.Picture):
        check_picture(shape)
    elif isinstance(shape, shapes.Polygon):
        check_polygon(shape)


def check_picture(shape: shapes.Picture) -> None:
    """Raise `Invalid` for pixels that aren't brightness, or that are all of one tone."""
    if shape.pixels is None or len(shape.pixels.shape) != 2 or not shape.pixels.values.size:
        raise Invalid("A picture must be an array of brightness with rows and columns.")
    light = shape.pixels.values
    if light.size > shapes.MOST_PIXELS or not (light.min() >= 0 and light.max() <= 255):  # or NaN
        raise Invalid(
            f"A picture must be brightness 0 to 255, at most {shapes.MOST_PIXELS:,} pixels."
        )
    if light.min() == light.max():
        raise Invalid("The picture is all of one tone, so it has no shape; choose another.")


def check_polygon(shape: shapes.Polygon) -> None:
    """Raise `Invalid` for a polygon that crosses itself or has no area."""
    from shapely import Polygon as Outline

    vertices = np.array(shape.vertices, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(vertices).all():
        raise Invalid("The vertices of a polygon must be finite numbers.")
    size = np.ptp(vertices, axis=0).max()
    outline = Outline(vertices)
    if outline.convex_hull.area <= 1e-9 * size**2:
        raise Invalid("The polygon has no area; move a corner off the line.")
    if not outline.is_valid:
        raise Invalid("The polygon crosses or touches itself; move a corner so that it does not.")


def problem_of(shape: Shape) -> str:
    """Why a shape describes no distribution, in one sentence; empty if it describes one."""
    if isinstance(shape, shapes.Drawing) and is_blank(shape):
        return "Nothing is drawn: draw something, or choose another shape."
    try:
        check_shape(shape)
    except Invalid as error:
        return str(error)
    return ""


def is_blank(drawing: shapes.Drawing) -> bool:
    """True if the strokes leave nothing."""
    inks = [stroke for stroke in drawing.strokes if stroke.tool not in ("eraser", "move")]
    if len(inks) == len(drawing.strokes) or not inks:
        return not inks
    from flowlab.core.distributions.drawing import rasterise

    return not rasterise(drawing.strokes, drawing.half_width).any()


def check_pairs(document: Document) -> None:
    """Raise `Invalid` where reflow pairs join other distributions than the document's."""
    coupling = document.coupling
    if coupling.kind != "reflow" or not coupling.ends:
        return
    if coupling.ends != fingerprint(document.source, document.target):
        raise Invalid(OTHER_PAIRS)


def why_refused(before: Document, after: Document) -> tuple[str, str]:
    """The end, "source" or "target", whose new shape can't be used, and why; both empty if none."""
    for role in ("target", "source"):
        old, new = getattr(before, role), getattr(after, role)
        if old is new or old == new:
            continue
        try:
            check_shape(new)
            if after.coupling == before.coupling:
                check_pairs(after)
        except Invalid as error:
            return role, str(error)
    return "", ""
