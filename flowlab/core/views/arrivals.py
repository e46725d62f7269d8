"""The classes that particles arrive at, where only the end they run to has classes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.core.distributions.factory import build
from flowlab.core.document.classes import classes_of
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.samples import CLOUD


def arrivals_of(document: Document, bundle: Bundle) -> Ints | None:
    """The class (N,) of the sample nearest to where each particle ends.

    None where particles have classes of their own, or the end has none. A particle that has left
    the plane gets the first class.
    """
    forward = bundle.direction == "forward"
    end = document.target if forward else document.source
    if bundle.labels is not None or not bundle.count or not classes_of(end):
        return None
    stream = Stream.TARGET_CLOUD if forward else Stream.SOURCE_CLOUD
    cloud, labels = _labelled(end, document.seed, stream)
    return labels[_nearest(cloud, bundle.points[-1 if forward else 0])]


@lru_cache(maxsize=8)
def _labelled(shape: Shape, seed: int, stream: Stream) -> tuple[Floats, Ints]:
    """The points of the faint cloud of an end, and their classes."""
    points, labels = build(shape).sample_labelled(CLOUD, torch_rng(seed, stream))
    assert labels is not None
    return points.numpy(), labels.numpy()


def _nearest(cloud: Floats, points: Floats) -> Ints:
    from scipy.spatial import cKDTree

    there = np.where(np.isfinite(points), points, 0.0)
    index: Ints = cKDTree(cloud).query(there)[1]
    return index
