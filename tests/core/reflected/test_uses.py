"""Whence the particles of each view come: the target, the one point, or neither."""

from __future__ import annotations

import pytest

from flowlab.core.reflected.uses import from_point, from_source, from_target
from flowlab.core.views.registry import room_named
from tests.helpers.between_walls import between_walls


@pytest.mark.parametrize("view", ["reflected_motion", "reflected_time_plane", "ways_to_stay"])
def test_these_have_a_choice(view: str) -> None:
    for start in ("target", "uniform", "point"):
        document = between_walls(view, start=start)
        assert from_target(document) == (start == "target")
        assert from_point(document) == (start == "point")


def test_others_have_none() -> None:
    for view in ("reflected_sampling", "step_in_walls", "guidance_in_walls"):
        document = between_walls(view, start="point")
        assert from_target(document)
        assert not from_point(document)
    for start in ("target", "point"):
        assert from_point(between_walls("heat_kernel", start=start))
        assert not from_target(between_walls("heat_kernel", start=start))
        assert not from_point(between_walls("wall_tones", start=start))
        assert not from_target(between_walls("wall_tones", start=start))


def test_only_flow_matching_uses_the_source() -> None:
    views = [row.name for row in room_named("reflected").views]
    assert [name for name in views if from_source(between_walls(name))] == ["flow_between_walls"]
