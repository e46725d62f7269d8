"""Numbers along an axis."""

from __future__ import annotations

import pytest

from flowlab.ui.base.ticks import ticks


@pytest.mark.parametrize(
    ("low", "high"), [(0.5, 0.503), (1.2345, 1.2346), (12000, 12010), (125, 126), (-3.001, -3.0)]
)
def test_numbers_of_a_narrow_range_can_be_told_apart(low: float, high: float) -> None:
    found = ticks(low, high, 4)
    assert len({words for _, words in found}) == len(found) >= 2
    for place, words in found:
        assert float(words) == pytest.approx(place, abs=(high - low) / 50)
