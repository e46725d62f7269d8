"""Particles that left the plane are counted, and said in a warning."""

from __future__ import annotations

import numpy as np
import pytest

import flowlab
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lost import FAR, lost, lost_words


def test_infinite_nan_and_far_particles_are_lost_at_any_time() -> None:
    points = np.ones((3, 5, 2), np.float32)
    points[1, 0] = np.nan
    points[2, 1, 1] = np.inf
    points[0, 2, 0] = -2 * FAR - 1
    points[0, 3, 0] = 2 * FAR
    bundle = Bundle(times=np.array([0, 0.5, 1], np.float32), points=points)
    assert lost(bundle, 2.0) == 3
    assert lost_words(bundle, 2.0, "take more steps").startswith("3 of 5 particles left the plane")
    assert lost_words(bundle, 1e9, "").startswith("2 of 5")
    assert lost_words(bundle.select(np.array([4])), 2.0, "") == ""


def test_a_script_is_warned_of_an_sde_that_blows_up_and_of_no_other() -> None:
    document = flowlab.Document(target=("gaussian", {"offset_x": 2.0}))
    oracle = flowlab.oracle(document)
    with pytest.warns(RuntimeWarning, match=r"left the plane.*more steps or a smaller eps"):
        flowlab.sample(oracle, 20, method="euler_maruyama", eps=1000, steps=8)
    kept = flowlab.sample(oracle, 20, method="euler_maruyama", eps=1000, steps=1000, seed=1)
    assert np.abs(kept.points).max() < 10  # and no warning, which would fail the test
