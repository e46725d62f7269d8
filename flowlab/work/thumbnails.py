"""The handler of thumbnails: samples of a shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.views.query import Samples
from flowlab.work.queries import Known


def samples(
    _known: Known, query: Samples, _cancelled: Callable[[], bool], _: Callable[[float], None]
) -> Floats:
    """Samples (n, 2), read-only; an empty drawing has none."""
    shape, n = query.shape, query.n
    try:
        points: Floats = build(shape).sample(n, torch_rng(0, Stream.THUMBNAILS)).numpy()
    except Invalid:
        points = np.zeros((0, 2), np.float32)
    points.setflags(write=False)
    return points
