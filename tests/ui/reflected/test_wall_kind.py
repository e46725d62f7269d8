"""What the stories say of walls that aren't convex, and of several rooms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.view import View
from flowlab.core.reflected.outlines import OUTLINES
from flowlab.core.reflected.presets import presets
from flowlab.core.reflected.results import motion_of
from flowlab.core.reflected.settings import Reflected
from flowlab.ui.reflected.both_ways_story import BothWaysStory
from flowlab.ui.reflected.captions import caption
from flowlab.ui.reflected.flow_story import CONVEX, NOT_CONVEX, FlowStory
from flowlab.ui.reflected.motion_story import (
    ALIKE,
    HITS,
    ONE_ROOM,
    ROOMS,
    MotionStory,
    TimePlaneStory,
    decay_curves,
    hit_curves,
)
from flowlab.ui.reflected.sampling_story import SamplingStory
from flowlab.ui.reflected.slow_story import pair
from flowlab.ui.reflected.wall_kind import OWN_SHARES, wall_kind
from tests.helpers.between_walls import between_walls, bundle_of

APART = OUTLINES["apart"].rings
BOW = (((-2.0, -2.0), (2.0, 2.0), (2.0, -2.0), (-2.0, 2.0)),)  # two rooms that nearly touch


def test_the_kind_of_walls() -> None:
    assert wall_kind(Reflected()) == (True, 1)
    assert wall_kind(Reflected(walls="drawn", outline=OUTLINES["star"].rings)) == (False, 1)
    assert wall_kind(Reflected(walls="drawn", outline=BOW)) == (False, 2)
    nothing = (((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)),)
    assert wall_kind(Reflected(walls="drawn", outline=nothing)) == (True, 1)


def test_flow_tells_of_the_walls_there_are_without_a_picture(qtbot: QtBot) -> None:
    story = FlowStory()
    qtbot.addWidget(story)
    assert story.read.text() == CONVEX
    star = presets()["text_in_a_star"].make()
    story.show_document(replace(star, view=replace(star.view, name="flow_between_walls")))
    assert story.bundle is None
    assert story.read.text() == NOT_CONVEX
    story.show_document(Document(view=View(name="flow_between_walls")))
    assert story.read.text() == CONVEX


@pytest.mark.parametrize("kind", [MotionStory, TimePlaneStory])
def test_motion_in_several_rooms_ends_uniform_in_each(
    qtbot: QtBot, kind: type[MotionStory]
) -> None:
    story = kind()
    qtbot.addWidget(story)
    assert ONE_ROOM in story.read.text()
    assert story.hits.toolTip() == HITS + ALIKE
    story.show_document(between_walls(walls="drawn", outline=APART))
    assert ROOMS in story.read.text()
    assert "uniform law" not in story.read.text()
    assert story.hits.toolTip() == HITS


def test_no_stretch_alike_is_expected_of_several_rooms() -> None:
    one = motion_of(bundle_of(between_walls(n=200)))
    two = motion_of(bundle_of(between_walls(n=200, walls="drawn", outline=APART)))
    assert [len(hit_curves(motion, 0.0)) for motion in (one, two)] == [2, 1]


def test_the_slowest_tone_of_rooms_that_nearly_touch_decays_as_theirs() -> None:
    """Two right triangles: lambda_1 = (pi / leg)^2, while the shares of both stay."""
    given = between_walls(
        n=20_000, walls="drawn", outline=BOW, start="point", start_x=1.6, start_y=1.3,
        process="brownian", steps=64, sigma_max=0.5,
    )  # fmt: skip
    motion = motion_of(bundle_of(given))
    assert motion is not None
    assert sorted(motion.in_rooms(0.0)) == [0.0, 1.0]
    assert motion.decay is not None
    assert motion.decay.rate == pytest.approx(np.pi**2 / 8, rel=2e-3)
    _, expected, measured = decay_curves(motion)
    left = np.interp(measured.xs, expected.xs, expected.ys)
    seen = left > 8 * motion.decay.noise
    assert seen.sum() > 8
    assert np.abs(measured.ys - left)[seen].max() < 5 * motion.decay.noise


@pytest.mark.parametrize("kind", [BothWaysStory, SamplingStory])
def test_a_way_back_says_that_rooms_keep_their_shares(
    qtbot: QtBot, kind: type[BothWaysStory] | type[SamplingStory]
) -> None:
    story = kind()
    qtbot.addWidget(story)
    assert OWN_SHARES not in story.read.text()
    assert "{" not in story.read.text()
    story.show_document(between_walls(walls="drawn", outline=APART))
    assert story.read.text().endswith(OWN_SHARES)


def test_zero_has_no_minus() -> None:
    assert pair(np.array([-0.001, -0.0])) == "(0.00, 0.00)"
    assert pair(np.array([-0.006, 1.0])) == "(−0.01, 1.00)"
    given = between_walls("heat_kernel", start_x=-0.0, start_y=-1.5)
    assert "x₀ = (0, −1.5)" in caption(given, bundle_of(given))
