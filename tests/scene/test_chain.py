"""The view of chains, as pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowlab.core.blending.results import chain_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.lens import LensAnswer, LensQuery
from flowlab.scene.base.colours import moving
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import DARK, LIGHT
from flowlab.scene.blending.blend_key import chain_entries
from flowlab.scene.blending.chain_state import BeadState
from flowlab.scene.blending.chain_view import distinct
from flowlab.scene.export.export import ExportSpec, export
from tests.helpers.pictures import frame_of, ink, painted, seen
from tests.scene.chained import ALONE, BARE, chain_bundle, closest, floats, near, pixel

pytestmark = pytest.mark.usefixtures("qapp")  # for its fonts
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def zigzag(**fields: object) -> Bundle:
    """One chain of two steps over (-4, 0), (0, 3), (4, 0), with consistent pairs."""
    bundle = chain_bundle(steps=2, count=1, followed=0)
    beads = floats([[[-4, 0]], [[0, 3]], [[4, 0]]])
    x0, x1 = floats([[[-4, 0]], [[-4, 6]]]), floats([[[4, 6]], [[4, 0]]])
    return replace(bundle, points=beads, extra=replace(chain_of(bundle), x0=x0, x1=x1), **fields)


def shown(bundle: Bundle, t: float, **fields: object):
    fields = {"view": BARE, "blending": ALONE, "half_height": 6.0, **fields}
    if "deblended" in fields:
        fields["room_state"] = BeadState(fields.pop("deblended"))
    return frame_of(bundle, t, **fields)


@THEMES
def test_the_pair_is_amber_up_to_the_blended_point_and_blue_beyond(theme) -> None:
    # at t = 0.75 the pair is (-4, 6) -> (4, 0), and the point (2, 1.5)
    picture = painted(shown(zigzag(), 0.75, theme=theme))
    for share in (0.2, 0.4):
        on = np.array([-4, 6]) + share * np.array([8, -6])
        assert closest(picture, on, theme.source) < 30
    assert closest(picture, (1, 2.25), moving(theme, 0.65)) < 60  # the past of the chain
    assert closest(picture, (3, 0.75), theme.target) < 30
    assert closest(picture, (-4, 6 - 0.3), theme.source, 3) < 30
    assert closest(picture, (4, 0), theme.target) < 30
    assert closest(picture, (2, 1.5), theme.canvas) < 40  # a ring, hollow
    ring = pixel((2, 1.5)) + 6 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    colours = picture[tuple(ring.astype(int).T[::-1])]
    assert np.abs(colours - theme.text).sum(-1).min() < 120


@THEMES
def test_beads_are_solid_up_to_t_and_hollow_beyond(theme) -> None:
    picture = painted(shown(zigzag(), 0.25, theme=theme))
    assert closest(picture, (4, 0), theme.canvas, 0) < 30
    assert closest(picture, (-4, 0), theme.source) < 40
    later = painted(shown(zigzag(), 0.75, theme=theme))
    assert closest(later, (0, 3), moving(theme, 0.5)) < 40


def test_on_a_bead_the_pair_is_the_one_drawn_there_or_the_one_that_led_there() -> None:
    before, after = (painted(shown(zigzag(), 0.5, deblended=on)) for on in (False, True))
    first, second = (2, 4.5), (-2, 4.5)  # three quarters of pair 0, a quarter of pair 1
    assert closest(before, first, DARK.target) < 30 < closest(before, second, DARK.source)
    assert closest(after, second, DARK.source) < 30 < closest(after, first, DARK.target)


def test_at_the_end_no_pair_is_drawn_any_more() -> None:
    done, last = (painted(shown(zigzag(), 1.0, deblended=on)) for on in (True, False))
    assert closest(last, (-2, 4.5), DARK.source) < 30
    assert closest(done, (-2, 4.5), DARK.canvas) < 30


def test_other_pairs_fan_out_of_the_bead_and_fade_on_the_way() -> None:
    bundle = chain_bundle(steps=2, others=9)
    told = replace(ALONE, show_others=True)
    ends = chain_of(bundle).others[1]
    strength = []
    for t in (0.5, 0.9):
        plain = shown(bundle, t)
        amount = ink(seen(plain, blending=told), plain)
        found = [near(amount[..., None], end, 2).max() > 15 for end in ends.reshape(-1, 2)]
        assert np.mean(found) > 0.6  # the others lie under the pair and its names
        strength.append(amount.sum())
    assert strength[1] < 0.8 * strength[0]
    # they belong to the bead: before it was deblended there are none
    plain = shown(bundle, 0.5, deblended=False)
    assert ink(seen(plain, blending=told), plain).max() == 0


@pytest.mark.parametrize(
    ("t", "quality", "bead"),
    [(100.5 / 256, "live", 100), (102.5 / 256, "live", 100), (104.5 / 256, "live", 104),
     (102 / 256, "live", 102), (102.5 / 256, "export", 102)],
)  # fmt: skip
def test_of_many_beads_the_other_pairs_of_some_stay_for_longer(t, quality, bead) -> None:
    bundle = chain_bundle(steps=256, others=12)
    plain = shown(bundle, t, quality=quality)
    amount = ink(seen(plain, blending=replace(ALONE, show_others=True)), plain)
    others = range(98, 107)
    found = [
        np.mean([near(amount[..., None], end, 0).max() > 15 for end in ends])
        for ends in chain_of(bundle).others[others].reshape(len(others), -1, 2)
    ]
    assert others[int(np.argmax(found))] == bead


def test_the_fan_leaves_its_start_and_ends_where_its_chains_end() -> None:
    bundle = chain_bundle(steps=3, fan=16)
    plain = shown(
        replace(bundle, extra=replace(chain_of(bundle), fan=floats(np.zeros((0, 0, 2))))), 1.0
    )
    amount = ink(replace(plain, bundle=bundle), plain)
    for k, spread in enumerate(chain_of(bundle).fan[1:], 1):
        found = [near(amount[..., None], place).max() > 25 for place in spread]
        assert np.mean(found) > 0.7, k
    y, x = np.nonzero(amount > 25)
    box = pixel(chain_of(bundle).fan.reshape(-1, 2))
    assert x.min() >= box[:, 0].min() - 2
    assert x.max() <= box[:, 0].max() + 2
    assert y.min() >= box[:, 1].min() - 2
    assert y.max() <= box[:, 1].max() + 2


@THEMES
def test_the_exact_path_is_green_where_it_is_asked_for(theme) -> None:
    path = floats([[[-4, 0]], [[0, -3]], [[4, 0]]])
    bundle = zigzag(exact=Bundle(times=floats([0, 0.5, 1]), points=path))
    asked = replace(ALONE, show_flow=True)
    picture = painted(shown(bundle, 1.0, theme=theme, blending=asked))
    for place in ((-2, -1.5), (0, -3), (2, -1.5)):
        assert closest(picture, place, theme.exact) < 30
    without = painted(shown(bundle, 1.0, theme=theme))
    assert closest(without, (0, -3), theme.canvas) < 30


def test_the_first_few_chains_are_thin_strings_through_their_beads() -> None:
    bundle = chain_bundle(steps=3, count=6, followed=0)
    plain = shown(bundle, 1.0)
    amount = ink(seen(plain, view=replace(BARE, show_paths=True, highlighted=3)), plain)
    for k in (1, 2):  # the followed chain is always drawn
        middles = (bundle.points[1:, k] + bundle.points[:-1, k]) / 2
        assert all(near(amount[..., None], place).max() > 20 for place in middles)
    lone = [p for p in bundle.points[1, 3:] if np.abs(p - bundle.points[1, :3]).max(1).min() > 0.5]
    assert lone
    assert all(near(amount[..., None], place, 0).max() == 0 for place in lone)


def test_a_pinned_chain_is_bold_through_all_its_beads() -> None:
    bundle = chain_bundle(steps=3, count=6, followed=0)
    plain = shown(bundle, 1.0)
    amount = ink(replace(plain, pinned=(4,)), plain)
    middles = (bundle.points[1:, 4] + bundle.points[:-1, 4]) / 2
    assert all(near(amount[..., None], place).max() > 120 for place in middles)


def test_nothing_is_drawn_of_what_is_lost() -> None:
    bundle = chain_bundle(steps=4, count=5, fan=4, others=5)
    points, x0, x1 = (
        np.array(a) for a in (bundle.points, chain_of(bundle).x0, chain_of(bundle).x1)
    )
    fan, others = np.array(chain_of(bundle).fan), np.array(chain_of(bundle).others)
    for values in (points[3:], x0[2:], x1[2:], fan[3:], others[2:]):
        values[:] = np.nan
    chain = replace(chain_of(bundle), x0=x0, x1=x1, fan=fan, others=others, unfinished=5)
    lost = replace(bundle, points=points, extra=chain)
    empty = frame_of(None, view=BARE)
    told = {"blending": replace(ALONE, show_others=True), "view": replace(BARE, show_paths=True)}
    for t in (0.2, 0.5, 0.6, 0.75, 1.0):
        right = ink(shown(lost, t, **told), empty)[:, int(pixel((1.5, 0))[0]) :]
        assert right.max() == 0 if t >= 0.75 else right.sum() >= 0
    assert ink(shown(lost, 0.3, **told), empty).max() > 100


@pytest.mark.parametrize("dpr", [1.0, 1.5, 2.0])
def test_a_picture_does_not_depend_on_those_before_it(dpr) -> None:
    bundle = chain_bundle(steps=9, fan=5, others=4)
    told = {"blending": replace(ALONE, show_others=True), "view": replace(BARE, show_paths=True)}
    again = chain_bundle(steps=9, fan=5, others=4)
    scratch = Scratch()
    pictures: dict[float, np.ndarray] = {}
    for t in (0.1, 0.12, 0.13, 0.5, 0.51, 0.9, 0.91, 0.51, 0.13, 0.12):
        picture = painted(shown(bundle, t, **told), scratch=scratch, dpr=dpr)
        fresh = painted(shown(again, t, **told), dpr=dpr)
        assert np.abs(picture - fresh).max() <= 6  # blended once, or by way of an image
        if t in pictures:
            assert np.abs(picture - pictures[t]).max() <= 6
        pictures[t] = picture


def test_side_by_side_the_chain_runs_from_one_picture_to_the_other() -> None:
    bundle = chain_bundle(steps=2, count=1, followed=0)
    side = replace(BARE, layout="side")
    frame = shown(bundle, 1.0, view=side, half_height=8.0)
    amount = ink(frame, replace(frame, bundle=None), width=600)
    x = np.nonzero(amount > 60)[1]
    gap = 240 / 16 * (bundle.points[2, 0, 0] - bundle.points[0, 0, 0] + 0)  # within one plane
    assert np.ptp(x) >= gap


def test_few_beads_have_their_alpha_beside_them_and_many_have_not() -> None:
    few, many = chain_bundle(steps=2, count=1, followed=0), chain_bundle(40, 1, followed=0)
    from flowlab.scene.blending import chain_view

    counted = []
    for bundle in (few, many):
        stage = Stage(shown(bundle, 0.3), 600, 480, 1.0, False, Scratch())
        pixels = stage.pixels(bundle.points[:, 0])
        counted.append(len(chain_view.bead_labels(stage, pixels)))
    assert counted == [3, 0]


def test_the_key_names_what_is_shown_and_nothing_else() -> None:
    bundle = chain_bundle(steps=6, fan=24, others=5)

    def names(frame):
        return [text for _, text in chain_entries(Stage(frame, 300, 240, 1, False, Scratch()))]

    every = replace(ALONE, show_others=True, show_flow=True)
    assert names(shown(bundle, 0.5)) == ["chain of 6 steps", "its pair", "24 from its start"]
    with_exact = replace(bundle, exact=bundle, extra=replace(chain_of(bundle), unfinished=2))
    found = names(shown(with_exact, 0.5, blending=every))
    assert found[2:] == [
        "other pairs",
        "24 from its start",
        "exact ODE",
        "2 chains without a next pair",
    ]
    legend = shown(bundle, 0.5, legend=True)
    amount = ink(legend, replace(legend, legend=False), width=700)
    assert amount[190:].max() > 100
    assert amount[:170].max() == 0


def test_a_lens_lies_over_a_chain() -> None:
    frame = shown(chain_bundle(steps=3, others=3), 0.5)
    ways = floats([[[-3, 0], [3, 0]]])
    look = LensQuery(0.0, 0.0, 0.5, 0.3)
    sight = LensAnswer(query=look, paths=ways, straight=True, mean0=None, mean1=None, cov0=None,
                  cov1=None, exact=None, learned=None, density=None, mass=None, drawn=1,
                  step=1)  # fmt: skip
    assert ink(replace(frame, lens=sight), frame).max() > 60


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_a_chain_is_exported(tmp_path, suffix) -> None:
    bundle = chain_bundle(steps=3, fan=4, others=4)
    told = replace(ALONE, show_others=True)
    spec = ExportSpec(path=tmp_path / f"chain.{suffix}", width=640, height=480, t=0.5)
    path = export(lambda t: shown(bundle, t, blending=told, legend=True), spec)
    data = path.read_bytes()
    assert len(data) > 4000
    if suffix == "svg":
        text = data.decode()
        assert "from its start" in text
        assert text.count("<path") > 10
        assert "<image" not in text


def test_labels_of_beads_tell_them_apart() -> None:
    assert distinct(np.float32([0, 0.2, 0.5, 1])) == ["0", "0.2", "0.5", "1"]
    assert distinct(np.float32([0, 0.001, 0.95, 0.999, 1])) == ["0", "0.001", "0.95", "0.999", "1"]
