"""The support of p_alpha between regions with straight edges: (1 - alpha) P0 (+) alpha P1."""

from __future__ import annotations

from itertools import product

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.document.specs import Spec, shape_of
from flowlab.core.exact.outlines import Outline, outline_of

_MOST = 512  # pairs of convex parts; beyond it no support is drawn


def support_of(source: Spec, target: Spec) -> tuple[Floats, ...]:
    """Convex parts of the support of p_alpha, the Minkowski sum (1 - alpha) P0 (+) alpha P1.

    Each part is (V, 4) float32: a row holds a corner of P0's part and a corner of P1's part. Their
    blend (1 - alpha) p + alpha q is a corner of the support's part, for every alpha. Empty where
    an end has no straight edges, or there are more than 512 parts. Raises `Invalid` for a polygon
    that has no area or crosses itself.
    """
    ends = outline_of(shape_of(source)), outline_of(shape_of(target))
    if ends[0] is None or ends[1] is None:
        return ()
    source_parts, target_parts = (_parts(end) for end in ends if end is not None)
    if len(source_parts) * len(target_parts) > _MOST:
        return ()
    return tuple(_blended(p, q) for p, q in product(source_parts, target_parts))


def _parts(outline: Outline) -> list[Floats]:
    """Convex parts (W, 2), counter-clockwise, each beginning at its lowest corner."""
    return [_from_lowest(part) for part in outline.pieces.numpy()]


def _from_lowest(part: Floats) -> Floats:
    rolled: Floats = np.roll(part, -np.lexsort((part[:, 0], part[:, 1]))[0], axis=0)
    return rolled


def _blended(p: Floats, q: Floats) -> Floats:
    """Corners (V, 4) of the Minkowski sum of two convex polygons, by merging edges by angle."""
    rows, i, j = [], 0, 0
    while i < len(p) or j < len(q):
        rows.append(np.concatenate([p[i % len(p)], q[j % len(q)]]))
        turn = _turn(_edge(p, i), _edge(q, j)) if i < len(p) and j < len(q) else 0.0
        ahead, behind = j >= len(q) or turn >= 0, i >= len(p) or turn <= 0
        i, j = i + (ahead and i < len(p)), j + (behind and j < len(q))
    corners: Floats = np.array(rows, np.float32)
    return corners


def _edge(part: Floats, k: int) -> Floats:
    edge: Floats = part[(k + 1) % len(part)] - part[k]
    return edge


def _turn(u: Floats, v: Floats) -> float:
    return float(u[0] * v[1] - u[1] * v[0])
