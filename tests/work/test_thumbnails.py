"""Samples for thumbnails."""

from __future__ import annotations

import numpy as np
import pytest

from flowlab.core.document.shapes import Drawing, Ring, Shape
from flowlab.core.views.query import Samples
from flowlab.work.queries import Known
from flowlab.work.thumbnails import samples

NOTHING = Known(document=None, model=None, seen=None)


def made(shape: Shape, n: int) -> np.ndarray:
    return samples(NOTHING, Samples("a", shape, n), lambda: False, lambda _: None)


def test_they_are_the_same_each_time_and_read_only() -> None:
    found = made(Ring(radius=2.0), 50)
    assert found.shape == (50, 2)
    assert np.hypot(*found.T).mean() == pytest.approx(2.0, abs=0.3)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0
    np.testing.assert_array_equal(made(Ring(radius=2.0), 50), found)
    assert not np.array_equal(made(Ring(radius=3.0), 50), found)


def test_an_empty_drawing_has_an_empty_thumbnail() -> None:
    assert made(Drawing(), 20).shape == (0, 2)
