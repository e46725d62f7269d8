"""The view of the mapping: straight lines from starts to ends, as pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.blending.settings import Blending
from flowlab.core.views.bundle import Bundle, FieldFrames, FlowError
from flowlab.scene.base.layout import plane_offset
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.blending.blend_key import mapping_entries
from flowlab.scene.particles.particle_colours import start_palette
from tests.helpers.pictures import frame_of, ink, painted, seen, straight
from tests.scene.chained import BARE, LEFT, RIGHT, closest, drawn, floats, leaning, near, pixel

pytestmark = pytest.mark.usefixtures("qapp")
ONLY = replace(BARE, name="mapping")
ASIDE, UP = np.array([0.5, 0.0]), np.array([0.0, 1.0])  # off the lines of the ground's grid
NONE, THREE = Blending(pairs=0), Blending(pairs=3)


def curved(count: int = 5) -> Bundle:
    """Particles on a detour: at t = 0.5 they are far above their straight lines."""
    y = np.linspace(-2, 2, count)
    x0, x1 = np.stack([-4 + 0 * y, y], 1), np.stack([4 + 0 * y, 0.5 * y], 1)
    middle = (x0 + x1) / 2 + [0, 20]
    return Bundle(
        times=floats([0, 0.5, 1]), points=floats([x0, middle, x1]), source=floats(x0),
        target=floats(x1), step=1,
    )  # fmt: skip


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_lines_are_straight_amber_to_blue_and_as_many_as_are_asked_for(theme):
    bundle = curved()
    bare = frame_of(bundle, 0.5, view=ONLY, blending=NONE, theme=theme)
    frame = seen(bare, blending=THREE)
    picture, amount = painted(frame), ink(frame, bare)[..., None]
    for k, (x0, x1) in enumerate(zip(bundle.points[0], bundle.points[-1], strict=True)):
        on = [near(amount, (1 - s) * x0 + s * x1).max() for s in (0.3, 0.5, 0.7)]
        assert min(on) > 60 if k < 3 else max(on) == 0
        if k < 3:
            assert closest(picture, x0, theme.source) < 60
            assert closest(picture, x1, theme.target) < 60


def test_they_do_not_move_with_t():
    bundle = curved()
    frames = (frame_of(bundle, t, view=ONLY, blending=THREE) for t in (0.2, 0.9))
    assert ink(*frames).max() == 0


def test_one_euler_step_lands_everything_on_the_mean():
    rng = np.random.default_rng(0)
    starts = drawn(LEFT, 60, rng)
    bundle = straight(starts, np.repeat(RIGHT[None], 60, 0), step=1)
    bare = frame_of(bundle, 1.0, view=ONLY, blending=NONE)
    amount = ink(seen(bare, blending=Blending(pairs=60)), bare)
    y, x = np.nonzero(amount > 30)
    middle = pixel(RIGHT)
    assert x.max() <= middle[0] + 4
    near_end = x > middle[0] - 10
    assert np.abs(y[near_end] + 0.5 - middle[1]).max() < 9


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_the_exact_mapping_is_green(theme):
    learned, exact = curved(), curved()
    exact = replace(exact, points=exact.points + floats([0, 1]))
    view = replace(ONLY, shows="exact")
    bundle = replace(learned, exact=exact)
    bare = frame_of(bundle, 0.5, view=view, blending=NONE, theme=theme)
    frame = seen(bare, blending=Blending(pairs=1))
    middle = (exact.points[0, 0] + exact.points[-1, 0]) / 2
    assert leaning(frame, bare, middle + ASIDE, theme.exact) > 0.97
    assert near(ink(frame, bare)[..., None], middle - [0, 1]).max() == 0


def test_the_difference_shows_both():
    learned, exact = curved(), curved()
    exact = replace(exact, points=exact.points + floats([0, 1]))
    axis = floats(np.linspace(-5, 5, 3))
    still = np.zeros((2, 3, 3, 2), np.float32)
    frames = FieldFrames(times=floats([0, 1]), xs=axis, ys=axis, values=still)
    gap = FlowError(frames=frames, weight=still[..., 0], speed=1.0, velocity=floats([0, 0]),
              places=floats([0, 0]))  # fmt: skip
    view = replace(ONLY, shows="difference")
    bundle = replace(learned, exact=exact, flow_error=gap)
    frame = frame_of(bundle, 0.5, view=view, blending=THREE)
    bare = seen(frame, blending=NONE)
    amount = ink(frame, bare)[..., None]
    middle = (exact.points[0, 0] + exact.points[-1, 0]) / 2 + ASIDE
    assert leaning(frame, bare, middle, DARK.exact) > 0.97
    assert near(amount, middle - [0, 1]).max() > 60
    stage = Stage(frame, 300, 240, 1.0, False, Scratch())
    assert [text for _, text in mapping_entries(stage)] == [
        "where the exact flow carries x₀",
        "where the learned flow carries x₀",
    ]


def test_lines_may_have_the_colours_of_their_starts():
    bundle = curved(count=3)
    view = replace(ONLY, colour="start")
    frame = frame_of(bundle, 0.5, view=view, blending=THREE)
    picture = painted(frame)
    assert ink(frame, seen(frame, view=ONLY)).max() > 100
    palette = start_palette(dark=True).astype(float)
    for x0, x1 in zip(bundle.points[0], bundle.points[-1], strict=True):
        both = [min(closest(picture, place, colour) for colour in palette) for place in (x0, x1)]
        assert max(both) < 40


def test_side_by_side_lines_span_both_pictures():
    bundle, view = curved(), replace(ONLY, layout="side")
    bare = frame_of(bundle, 0.5, view=view, half_height=10.0, blending=NONE)
    amount = ink(seen(bare, blending=THREE), bare, width=600)
    x = np.nonzero(amount.max(0) > 30)[0]
    ends = [300 + 12 * (at + plane_offset(view, bundle, t)[0]) for at, t in ((-4, 0), (4, 1))]
    assert (x.min(), x.max()) == pytest.approx(ends, abs=5)


def test_new_weights_bend_the_lines():
    old, new = curved(), curved()
    new = replace(new, points=new.points + floats([0, 2]))
    frame = frame_of(new, 0.5, view=ONLY, blending=Blending(pairs=1), blend_from=old, blend=0.5)
    middle = (old.points[0, 0] + old.points[-1, 0]) / 2 + [0.5, 1]
    amount = ink(frame, seen(frame, blending=NONE))[..., None]
    assert near(amount, middle).max() > 60
    assert near(amount, middle - UP).max() == near(amount, middle + UP).max() == 0


def test_lost_particles_have_no_line():
    bundle = curved()
    points = np.array(bundle.points)
    points[-1, 0] = np.nan
    bare = frame_of(replace(bundle, points=points), view=ONLY, blending=NONE)
    amount = ink(seen(bare, blending=Blending(pairs=1)), bare)
    amount[:, :80] = 0  # its start
    assert amount.max() == 0
