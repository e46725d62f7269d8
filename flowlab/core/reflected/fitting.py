"""Walls moved and resized until they hold the target, or the target and the source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.domains.clipped import samples_of, share_outside
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.reflected.edits import LARGEST, centre_of, resized, scaled, with_walls
from flowlab.core.reflected.outside import Outside
from flowlab.core.reflected.settings import Reflected

ROOM = 1.02  # times as large as needed
STEP, MOST_STEPS = 1.03, 160  # by which drawn walls grow, up to a hundred times


def outside_of(
    target: Shape, settings: Reflected, seed: int, source: Shape | None = None
) -> Outside:
    """The share of the target outside, and of a source, and walls that hold them.

    Raises `Invalid`.
    """
    share = share_outside(target, settings, seed)
    other = 0.0 if source is None else share_outside(source, settings, seed)
    ends = [target] if source is None else [target, source]
    return Outside(share, fitted(ends, settings, seed) if share or other else None, other)


def fitted(ends: Sequence[Shape], settings: Reflected, seed: int) -> Reflected | None:
    """The same kind of walls, around distributions; None where they can't hold them.

    Drawn walls only grow, about their centre.
    """
    x = np.concatenate([samples_of(end, seed).double().numpy() for end in ends])
    made = _drawn(settings, x) if settings.walls == "drawn" else _made(settings, x)
    if made is None or any(share_outside(end, made, seed) for end in ends):
        return None
    return made


def _drawn(settings: Reflected, x: Doubles) -> Reflected | None:
    domain, centre = walls_of(settings), centre_of(settings)

    def beyond(points: Doubles, factor: float) -> Doubles:
        depths = domain.depth_beyond((points - centre) / factor + centre)
        return np.asarray(points[depths != 0])

    last = x  # who was outside before is asked first
    for k in range(1, MOST_STEPS):
        factor = STEP**k
        last = beyond(last, factor)
        last = last if len(last) else beyond(x, factor)  # in a hole others come out
        if not len(last):
            try:
                return with_walls(settings, outline=scaled(settings.outline, centre, factor * ROOM))
            except Invalid:
                return None
    return None


def _made(settings: Reflected, x: Doubles) -> Reflected | None:
    """Walls made to measure, about the middle of what they hold."""
    low, high = x.min(axis=0), x.max(axis=0)
    if settings.walls in ("square", "rectangle"):
        width, height = high - low if settings.walls == "rectangle" else 2 * [(high - low).max()]
        return _placed(settings, (low + high) / 2, width, height)
    if settings.walls == "disc":
        middle = (low + high) / 2
        return _placed(settings, middle, 2 * np.hypot(*(x - middle).T).max())
    return _triangle(settings, x)


def _triangle(settings: Reflected, x: Doubles) -> Reflected | None:
    """The smallest triangle of the same shape: each side touches the points."""
    ring = walls_of(settings).rings[0] - centre_of(settings)
    edge = np.roll(ring, -1, axis=0) - ring
    outwards = np.column_stack([edge[:, 1], -edge[:, 0]])  # as long as its side: their sum is 0
    own, wanted = (outwards * ring).sum(axis=1), (outwards @ x.T).max(axis=1)
    factor = wanted.sum() / own.sum()
    centre = np.linalg.lstsq(outwards, wanted - factor * own, rcond=None)[0]
    return _placed(settings, centre, settings.width * factor)


def _placed(
    settings: Reflected, centre: Doubles, width: float, height: float = 0.0
) -> Reflected | None:
    if max(width, height) * ROOM > LARGEST or np.abs(centre).max() > 50:
        return None
    x, y = np.round(centre, 3).tolist()
    moved = with_walls(settings, center_x=x, center_y=y)
    up = height / settings.height
    return resized(moved, ROOM * width / settings.width, ROOM * up)
