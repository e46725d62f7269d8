"""The layer of straight pairs: where its lines, ends and crossings are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.scene.base.layout import plane_offset
from tests.helpers.pictures import NOTHING

SHOWN = replace(NOTHING, show_pairs=True)


def crossed(scenes):
    """Two pairs whose lines cross at (1, 0)."""
    bundle = scenes.gaussian_bundle()
    pairs = np.array([[-3, 0, 5, 0], [1, -2, 1, 2]], np.float32)
    return replace(bundle, pairs=pairs)


def amount(scenes, bundle, **options):
    without = scenes.frame_of(bundle, view=NOTHING)
    return scenes.ink(scenes.frame_of(bundle, view=SHOWN), without, **options)


def test_lines_run_from_end_to_end(scenes):
    ink = amount(scenes, crossed(scenes))  # 20 px a unit, centre (150, 120)
    rows, columns = np.nonzero(ink > 30)
    assert (columns.min(), columns.max()) == pytest.approx((90, 250), abs=4)
    assert (rows.min(), rows.max()) == pytest.approx((80, 160), abs=4)
    assert ink[117:123, 110].max() > 30
    assert ink[60:80, 110].max() == 0


def test_ends_and_crossings_are_marked(scenes):
    ink = amount(scenes, crossed(scenes))
    spots = {(90, 120), (250, 120), (170, 160), (170, 80), (170, 120)}
    around = {spot: ink[spot[1] - 3 : spot[1] + 3, spot[0] - 3 : spot[0] + 3] for spot in spots}
    beside = ink[117:123, 127:133]  # a piece of line alone
    assert all((part > 30).sum() > (beside > 30).sum() for part in around.values())


def test_nothing_is_drawn_where_there_are_no_pairs(scenes):
    assert amount(scenes, scenes.gaussian_bundle()).max() == 0
    bundle = crossed(scenes)
    assert amount(scenes, replace(bundle, pairs=bundle.pairs[:0])).max() == 0


def test_side_by_side_they_span_both_pictures(scenes):
    bundle, side = crossed(scenes), replace(SHOWN, layout="side")
    frame = scenes.frame_of(bundle, view=side, half_height=12.0)
    without = scenes.frame_of(bundle, view=replace(NOTHING, layout="side"), half_height=12.0)
    columns = np.nonzero(scenes.ink(frame, without, width=600) > 30)[1]
    left, right = (plane_offset(side, bundle, t)[0] for t in (0.0, 1.0))
    assert (columns.min(), columns.max()) == pytest.approx(
        (300 + 10 * (left - 3), 300 + 10 * (right + 5)), abs=4
    )
