"""Samples for thumbnails: read-only and the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.document.shapes import Drawing, Ring, Shape
from flowlab.core.views.query import Samples
from flowlab.work.queries import Known
from flowlab.work.thumbnails import samples


def drawn(shape: Shape) -> np.ndarray:
    query = Samples("key", shape, 50)
    return samples(Known(None, None, None), query, lambda: False, lambda _: None)


def test_samples_are_read_only_and_the_same_each_time() -> None:
    points = drawn(Ring())
    assert points.shape == (50, 2)
    with pytest.raises(ValueError, match="read-only"):
        points[0] = 0
    np.testing.assert_array_equal(drawn(Ring()), points)


def test_an_empty_drawing_has_no_samples() -> None:
    assert drawn(Drawing()).shape == (0, 2)
