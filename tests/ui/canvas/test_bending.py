"""A flow part of the way to another, as the picture shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.frame import Frame, smoothstep
from flowlab.ui.canvas.bending import midway

TIMES = np.linspace(0, 1, 4, dtype=np.float32)


def bundle(seed: int, particles: int = 5) -> Bundle:
    rng = np.random.default_rng(seed)
    points, slopes = rng.normal(size=(2, 4, particles, 2)).astype(np.float32)
    return Bundle(times=TIMES, points=points, knot_velocities=slopes, step=seed)


def test_it_is_the_picture_that_a_frame_shows_meanwhile() -> None:
    old, new = bundle(1), bundle(2)
    for blend in (0.0, 0.3, 0.8):
        frame = Frame(bundle=new, blend_from=old, blend=blend)
        taken = midway(old, new, smoothstep(blend))
        for t in (0.0, 0.21, 0.5, 1.0):
            np.testing.assert_allclose(taken.at(t), frame.at(t), atol=1e-5)


def test_its_lattice_bends_with_it() -> None:
    old, new = (replace(bundle(seed), lattice=bundle(seed + 10, 9)) for seed in (1, 2))
    taken = midway(old, new, 0.25).lattice
    assert taken is not None
    assert old.lattice is not None
    assert new.lattice is not None
    expected = 0.75 * old.lattice.at(0.4) + 0.25 * new.lattice.at(0.4)
    np.testing.assert_allclose(taken.at(0.4), expected, atol=1e-5)


def test_what_cannot_be_mixed_is_the_new_flow() -> None:
    new = bundle(2)
    for old in (None, bundle(1, 6), replace(bundle(1), knot_velocities=None), bundle(1).compact()):
        assert midway(old, new, 0.5) is new
    assert midway(bundle(1), new, 1.0) is new
