"""The lens and the gap, as pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.document.view import View
from flowlab.core.views.bundle import FieldFrames, FlowError
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.layers.error_map import FULL, error_image
from flowlab.scene.layers.lens import lens_lines
from tests.helpers.pictures import OFF, frame_of, gaussian_bundle, ink, painted, stage_of, straight

pytestmark = pytest.mark.usefixtures("qapp")  # for its fonts

BARE = View(**OFF)


def sight(t: float = 0.25, **fields: object) -> LensAnswer:
    """Pairs from a row at the left to a row at the right, all through the origin."""
    y = np.linspace(-1, 1, 9)
    x0 = np.stack([np.full(9, -1.0), y], 1)
    x1 = -x0 * (1 - t) / t
    known = {
        "mean0": x0.mean(0), "mean1": x1.mean(0), "cov0": np.cov(x0.T), "cov1": np.cov(x1.T),
        "exact": np.array([4.0, 0.0]), "learned": np.array([0.0, 4.0]),
        "density": 0.1, "mass": 0.01, "drawn": 9, "step": 3,
    }  # fmt: skip
    ways = np.stack([x0, x1], 1).astype(np.float32)
    return LensAnswer(
        query=LensQuery(0.0, 0.0, t, 0.3), paths=ways, straight=True, **(known | fields)
    )


def words_of(answer: LensAnswer) -> list[str]:
    frame = replace(frame_of(gaussian_bundle(), t=0.25, view=BARE), lens=answer)
    return [text for text, _ in lens_lines(stage_of(frame, 700, 560))]


def test_the_words_never_deny_the_pairs_that_are_drawn() -> None:
    known = words_of(sight())
    assert known[1:3] == [
        "9 of 9 pairs that pass here",
        "pₜ = 0.1, 1.0 % of the mass inside the rim",
    ]
    empty = words_of(sight(density=0.0, mass=0.0, pool=30_000, reach=2.1))
    assert empty[1] == "9 pairs that pass nearest, 0 inside the rim"
    assert empty[2] == (
        "pₜ < 0.0004: none of 30,000 drawn pairs inside the rim, fewer than 1 in 10,000 (95 %)"
    )
    few = words_of(sight(density=9 / 30_000 / (np.pi * 0.09), mass=9 / 30_000, pool=30_000))
    assert few[1] == "9 of 9 pairs that pass here"
    assert few[2] == "pₜ = 0.0011 ± 0.0004, 9 of 30,000 drawn pairs inside the rim"
    assert not any("= 0" in text for text in (*empty[1:], *few[1:2]))


def seen(theme=DARK, **fields: object) -> np.ndarray:
    plain = frame_of(gaussian_bundle(), t=0.25, view=BARE, theme=theme)
    size = {"width": 700, "height": 560}
    return ink(replace(plain, lens=sight(**fields)), plain, **size)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_ways_cross_at_the_lens_and_fan_out_to_both_ends(theme) -> None:
    amount = seen(theme, exact=None, learned=None)
    middle_row, middle_column = 280, 350
    # 6 units are 280 pixels: x0 lies 46.7 pixels to the left, spread over 93 pixels of height
    at_source = amount[200:360, middle_column - 45]
    assert (at_source > 30).sum() >= 9
    assert amount[middle_row - 14 : middle_row + 14, middle_column].max() > 60


def test_both_arrows_point_where_the_velocities_do() -> None:
    without, both = seen(exact=None, learned=None), seen()
    arrows = np.abs(both - without)[100:]  # below the card, which has lines for them
    y, x = np.nonzero(arrows > 60)
    assert x.max() > 350 + 36
    assert (y + 100).min() < 280 - 36


def test_a_point_that_no_pair_passes_shows_only_the_rim_and_a_sentence() -> None:
    nothing = {"paths": np.zeros((0, 2, 2), np.float32), "mean0": None, "mean1": None,
               "exact": None, "learned": None, "density": None, "mass": None}  # fmt: skip
    frame = frame_of(gaussian_bundle(), t=0.25, view=BARE)
    blank = replace(sight(note="No pair passes here."), **nothing)
    amount = ink(replace(frame, lens=blank), frame, width=700, height=560)
    amount[:120, :300] = 0  # the card
    y, x = np.nonzero(amount > 30)
    assert np.hypot(x + 0.5 - 350, y + 0.5 - 280).max() < 18


def gap(size: float) -> FlowError:
    axis = np.linspace(-3, 3, 13, dtype=np.float32)
    values = np.full((2, 13, 13, 2), np.nan, np.float32)
    values[:, 4:9, 4:9] = size, 0.0
    frames = FieldFrames(times=np.array([0, 1], np.float32), xs=axis, ys=axis, values=values)
    errors = np.array([0.1, 0.2], np.float32)
    weight = np.ones((2, 13, 13), np.float32)
    return FlowError(frames=frames, weight=weight, speed=1.0, velocity=errors, places=errors)


def test_the_map_of_errors_is_blank_outside_its_support() -> None:
    still = straight(np.zeros((4, 2)), np.zeros((4, 2)))
    view = replace(BARE, shows="difference")
    plain = frame_of(replace(still, flow_error=gap(0.0)), view=view)
    amount = ink(frame_of(replace(still, flow_error=gap(0.5)), view=view), plain)
    # 240 pixels are 12 units: the square of side 2.5 units is 50 pixels wide about the middle
    assert amount[118:122, 148:152].min() > 100
    assert amount[120, :110].max() == 0
    assert amount[:80].max() == amount[165:].max() == 0


def test_larger_errors_are_firmer_and_full_at_the_legends_end() -> None:
    def alpha(share: float) -> int:
        return error_image(np.array([[share]]), DARK).pixelColor(0, 0).alpha()

    levels = [alpha(share) for share in (0.0, 0.01, 0.1, FULL, 3 * FULL)]
    assert levels[0] == 0
    assert levels[1] < levels[2] < levels[3] == levels[4]
    assert error_image(np.array([[np.nan]]), DARK).pixelColor(0, 0).alpha() == 0


def test_showing_the_exact_flow_paints_its_particles() -> None:
    learned, exact = straight([[0, 0]], [[2, 0]]), straight([[0, 0]], [[0, 2]])
    view = replace(BARE, show_particles=True)
    both = replace(learned, exact=exact)
    as_exact = painted(frame_of(both, t=1.0, view=replace(view, shows="exact")))
    np.testing.assert_array_equal(as_exact, painted(frame_of(exact, t=1.0, view=view)))


def test_the_ellipse_is_one_standard_deviation_of_the_ends() -> None:
    cov = np.array([[1.0, 0.6], [0.6, 0.5]])
    plain = frame_of(gaussian_bundle(), t=0.25, view=BARE)
    bare = {"paths": sight().paths[:1], "exact": None, "learned": None, "mean1": None, "cov1": None}
    with_, without = (
        painted(replace(plain, lens=replace(sight(), cov0=c, **bare)), width=700, height=560)
        for c in (cov, None)
    )
    y, x = np.nonzero(np.abs(with_ - without).sum(-1) > 60)
    # 6 units are 280 pixels; the mean of x0 is (-1, 0); pixels run down
    off = np.stack([(x + 0.5 - 350) / (280 / 6) + 1, -(y + 0.5 - 280) / (280 / 6)], 1)
    distance = np.sqrt(np.einsum("ni,ij,nj->n", off, np.linalg.inv(cov), off))
    assert len(x) > 100
    np.testing.assert_allclose(distance, 1.0, atol=0.12)
