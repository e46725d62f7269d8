"""The state of a chain at t, and its strings as numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.blending.results import chain_of
from flowlab.core.document.view import View
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.blending.chain_state import ChainPosition, followed_chain, position_at
from flowlab.scene.blending.chain_strings import PIECES, interpolated, strings
from tests.helpers.pictures import frame_of, stage_of
from tests.scene.chained import chain_bundle, floats

TIMES = floats([0.0, 0.2, 0.5, 1.0])


@pytest.mark.parametrize(
    ("t", "deblended", "expected"),
    [
        (0.0, True, ChainPosition(0, 0, 0.0, True)),
        (0.0, False, ChainPosition(0, None, 0.0, False)),
        (0.1, False, ChainPosition(0, 0, 0.5, True)),
        (0.2, True, ChainPosition(1, 1, 0.0, True)),
        (0.2, False, ChainPosition(1, 0, 0.0, False)),
        (0.35, True, ChainPosition(1, 1, 0.5, True)),
        (1.0, True, ChainPosition(3, None, 0.0, False)),
        (1.0, False, ChainPosition(3, 2, 0.0, False)),
    ],
)
def test_a_moment_tells_whose_segment_the_point_is_on(t, deblended, expected):
    found = position_at(TIMES, t, deblended)
    assert replace(found, share=0.0) == replace(expected, share=0.0)
    assert found.share == pytest.approx(expected.share, abs=1e-6)


def test_times_that_are_rounded_are_still_on_their_beads():
    for steps in (3, 7, 500):
        times = floats(np.arange(steps + 1) / steps)
        for k in range(1, steps):
            found = position_at(times, k / steps)
            assert (found.bead, found.on_bead) == (k, True)


@pytest.mark.parametrize("layout", ["overlay", "side"])
def test_the_blended_point_divides_its_pair_as_alpha_says(qapp, layout):
    bundle = chain_bundle(steps=5)
    frame = frame_of(bundle, view=View(name="chain", layout=layout))
    about = followed_chain(stage_of(frame))
    for t in np.random.default_rng(1).uniform(0, 1, 40):
        k = position_at(bundle.times, float(t)).pair
        expected = (1 - t) * about.x0[k] + t * about.x1[k]
        assert about.string.at(float(t))[0] == pytest.approx(expected, abs=2e-5)
        place = bundle.at(float(t))[3] + plane_offset(frame.view, bundle, float(t))
        assert about.string.at(float(t))[0] == pytest.approx(place, abs=2e-5)


def test_strings_have_every_bead_and_every_sixteenth(qapp):
    bundle = chain_bundle(steps=7)
    string = followed_chain(stage_of(frame_of(bundle))).string
    assert [string.times[k] for k in string.cuts] == pytest.approx(np.arange(PIECES + 1) / PIECES)
    for t, bead in zip(bundle.times, bundle.points[:, 3], strict=True):
        k = int(np.abs(string.times - t).argmin())
        assert string.xy[k, 0] == pytest.approx(bead, abs=1e-5)


def test_many_beads_are_thinned_only_where_it_is_wanted():
    times = floats(np.arange(513) / 512)
    xy = np.random.default_rng(0).normal(size=(513, 3, 2)).astype(np.float32)
    assert len(strings(times, xy).times) == 513
    few = strings(times, xy, finest=100)
    assert 100 < len(few.times) <= 100 + PIECES + 1
    assert few.at(0.25) == pytest.approx(xy[128])


def test_what_is_before_a_lost_bead_is_not_lost():
    times, values = floats([0.0, 0.5, 1.0]), floats([[0.0], [1.0], [np.nan]])
    found = interpolated(times, values, np.array([0.25, 0.5, 0.75, 1.0]))[:, 0]
    np.testing.assert_allclose(found, [0.5, 1.0, np.nan, np.nan])


def test_the_exact_path_is_that_of_the_followed_start(qapp):
    bundle = chain_bundle()
    exact = replace(bundle, extra=None, points=bundle.points[[0, -1]], times=bundle.times[[0, -1]])
    about = followed_chain(stage_of(frame_of(replace(bundle, exact=exact))))
    assert about.exact.at(0.0)[0] == pytest.approx(bundle.points[0, 3])
    assert about.exact.at(0.5)[0] == pytest.approx(bundle.points[[0, -1], 3].mean(0), abs=1e-5)
    assert followed_chain(stage_of(frame_of(bundle))).exact is None


def test_new_randomness_bends_the_old_chain_into_the_new(qapp):
    old, new = chain_bundle(seed=1), chain_bundle(seed=2)
    half = followed_chain(stage_of(frame_of(new, blend_from=old, blend=0.5)))
    assert half.beads == pytest.approx((old.points[:, 3] + new.points[:, 3]) / 2, abs=1e-5)
    assert half.x1 == pytest.approx((chain_of(old).x1[:, 3] + chain_of(new).x1[:, 3]) / 2, abs=1e-5)


def test_a_bundle_without_a_chain_has_nothing_to_be_told(qapp, scenes):
    assert followed_chain(stage_of(frame_of(scenes.gaussian_bundle()))) is None
    assert followed_chain(stage_of(frame_of(None))) is None
