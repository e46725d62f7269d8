"""The classes that particles arrive at, where only the end they run to has classes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.array_types import Ints
from flowlab.core.distributions.factory import build
from flowlab.core.document.classes import classes_of
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.samples import CLOUD

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


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
    tree, labels = _labelled(end, document.seed, stream)
    there = np.nan_to_num(bundle.points[-1 if forward else 0], posinf=0.0, neginf=0.0)
    nearest: Ints = labels[tree.query(there)[1]]
    return nearest


@lru_cache(maxsize=8)
def _labelled(shape: Shape, seed: int, stream: Stream) -> tuple[cKDTree, Ints]:
    """The points of the faint cloud of an end, and their classes."""
    from scipy.spatial import cKDTree

    points, labels = build(shape).sample_labelled(CLOUD, torch_rng(seed, stream))
    assert labels is not None
    return cKDTree(points.numpy()), labels.numpy()
