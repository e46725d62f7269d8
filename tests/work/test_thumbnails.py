"""Samples for thumbnails, kept by their keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.shapes import Drawing, Ring
from flowlab.work.thumbnails import Thumbnails


def test_they_are_made_when_it_is_their_turn_and_the_same_each_time() -> None:
    made, again = Thumbnails(), Thumbnails()
    made.want("ring", Ring(), 50)
    assert made.find("ring") is None
    made.fill()
    found = made.find("ring")
    assert found is not None
    assert found.shape == (50, 2)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 0
    again.want("ring", Ring(), 50)
    again.fill()
    np.testing.assert_array_equal(again.find("ring"), found)


def test_the_newest_wish_counts_and_the_same_one_costs_nothing() -> None:
    made = Thumbnails()
    made.want("a", Ring(), 50)
    made.want("a", Ring(radius=2.0), 30)
    made.fill()
    first = made.find("a")
    assert first is not None
    assert len(first) == 30
    assert np.hypot(*first.T).mean() == pytest.approx(2.0, abs=0.3)
    made.want("a", Ring(radius=2.0), 30)
    made.fill()
    assert made.find("a") is first
    made.want("a", replace(Ring(radius=2.0), count=3), 30)
    made.fill()
    assert made.find("a") is not first


def test_an_empty_drawing_has_an_empty_thumbnail() -> None:
    made = Thumbnails()
    made.want("b", Drawing(), 20)
    made.fill()
    found = made.find("b")
    assert found is not None
    assert found.shape == (0, 2)
