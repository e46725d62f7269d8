"""The progress of a part, as a share of the whole."""

from __future__ import annotations

from flowlab.core.views.progress import part_of


def test_a_part_tells_the_share_of_all() -> None:
    told: list[float] = []
    second = part_of(told.append, 0.25, 0.5)
    assert second is not None
    for share in (0.0, 0.5, 1.0):
        second(share)
    assert told == [0.25, 0.5, 0.75]


def test_nobody_is_told_where_nobody_asks() -> None:
    assert part_of(None, 0.0, 1.0) is None
