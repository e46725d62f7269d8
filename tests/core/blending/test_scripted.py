"""The face that scripts call: what it takes, and what it refuses in one sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import flowlab
from flowlab.core.blending import chain, deblend
from flowlab.core.blending.results import chain_of
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Drawing, Grid, Picture, Points, Polygon
from tests.helpers.randomness import rng


def test_a_bundle_holds_the_beads_and_their_pairs() -> None:
    bundle = chain("triangle", "square", 30, 4, rng())
    np.testing.assert_allclose(bundle.times, [0, 0.25, 0.5, 0.75, 1])
    assert bundle.points.shape == (5, 30, 2)
    assert not bundle.flows
    assert chain_of(bundle) is not None
    assert chain_of(bundle).x0.shape == chain_of(bundle).x1.shape == (4, 30, 2)
    np.testing.assert_array_equal(bundle.points[0], chain_of(bundle).x0[0])
    np.testing.assert_array_equal(bundle.points[-1], chain_of(bundle).x1[-1])  # x1 exactly
    np.testing.assert_array_equal(chain_of(bundle).tries, np.ones(4))
    np.testing.assert_array_equal(  # between beads a chain runs straight
        bundle.at(0.375), (bundle.points[1] + bundle.points[2]) / 2
    )


@pytest.mark.parametrize("steps", [1, 3, 49, 500])
def test_alphas_are_k_over_n_and_the_last_is_1(steps: int) -> None:
    times = chain("triangle", "square", 2, steps, rng()).times
    np.testing.assert_array_equal(times, np.float32(np.arange(steps + 1) / steps))
    assert times[-1] == 1


@pytest.mark.parametrize("how", ["exact", "rejection", "cheaper"])
@pytest.mark.parametrize("end", ["square", "mixture", "disc"])
def test_the_same_seed_gives_the_same_chain(how: str, end: str) -> None:
    one, other, third = (
        chain("triangle", end, 50, 5, rng(seed), deblend=how).points for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, other)
    assert (np.asarray(one) != third).any()


def test_it_takes_what_a_distribution_is_made_of() -> None:
    square = ("polygon", {"vertices": [(-1, -1), (1, -1), (1, 1), (-1, 1)]})
    for source in (named("triangle"), flowlab.distribution("triangle"), "triangle"):
        for target in (square, {"kind": "ring", "count": 3}):
            assert np.isfinite(chain(source, target, 5, 3, rng()).points).all()


def test_starts_may_be_given() -> None:
    start = [[0.0, 0.0], [1.0, -1.0], [0.0, 0.0]]
    bundle = chain("triangle", "square", 3, 5, rng(), start=start)
    np.testing.assert_array_equal(bundle.points[0], start)
    assert (bundle.points[1:, 0] != bundle.points[1:, 2]).any()  # randomness of their own


POINTS = Points(points=Array([[0.0, 0.0], [1.0, 1.0]]), noise=0.0)
CROSSED = Polygon(vertices=((0, 0), (2, 2), (2, 0), (0, 2)))
FLAT = Polygon(vertices=((0, 0), (1, 1), (2, 2)))
BLANK = Picture(pixels=Array(np.full((4, 4), 255.0)))
BAD = {
    "no steps": (("triangle", "square", 3, 0), {}, "Steps must be a whole number"),
    "no number of steps": (("triangle", "square", 3), {}, "Steps must be a whole number"),
    "half a step": (("triangle", "square", 3, 2.5), {}, "Steps must be a whole number"),
    "no chains": (("triangle", "square", 0, 3), {}, "Chains must be a whole number"),
    "too many": (("triangle", "square", 10**7, 512), {}, "do not fit into memory"),
    "falling": (("triangle", "square", 3), {"alphas": (0, 0.6, 0.5, 1)}, "must increase"),
    "no 1": (("triangle", "square", 3), {"alphas": (0, 0.5)}, "must increase from 0 to 1"),
    "not a number": (("triangle", "square", 3), {"alphas": (0, float("nan"), 1)}, "must increase"),
    "words": (("triangle", "square", 3), {"alphas": "abc"}, "must increase"),
    "unknown way": (("triangle", "square", 3, 4), {"deblend": "magic"}, "no way of deblending"),
    "no tries": (
        ("triangle", "square", 3, 4),
        {"deblend": "rejection", "most": 0},
        "most, the tries for a pair, .* not 0",
    ),
    "unknown shape": (("triangel", "square", 3, 4), {}, "no distribution named"),
    "number for a shape": ((3, "square", 3, 4), {}, "by its name or a shape"),
    "crossed": ((CROSSED, "square", 3, 4), {}, "crosses or touches itself"),
    "flat": (("triangle", FLAT, 3, 4), {}, "has no area"),
    "blank picture": (("triangle", BLANK, 3, 4), {}, "all of one tone"),
    "empty drawing": (("triangle", Drawing(), 3, 4), {}, "drawing is empty"),
    "empty grid": (
        ("triangle", Grid(density=Array(np.zeros((3, 3)))), 3, 4),
        {},
        "density grid is empty",
    ),
    "far too many steps": (("triangle", "square", 3, 10**12), {}, "fit into memory"),
    "dice": (("triangle", "square", 3, 4, 7), {}, "torch.Generator"),
    "starts outside": (
        ("triangle", "square", 2, 4),
        {"start": [[0, 0], [9, 9]]},
        "1 of the 2 starts lie outside",
    ),
    "starts that are no numbers": (
        ("triangle", "square", 2, 4),
        {"start": [["a", "b"], ["c", "d"]]},
        "must be real numbers",
    ),
    "starts that are none of the points": (
        (POINTS, "square", 2, 4),
        {"start": [[0, 0], [1, 1.01]]},
        "1 of the 2 starts are none of the source's points",
    ),
    "a number of tries that is none": (
        ("triangle", "square", 2, 4),
        {"most": "a", "deblend": "rejection"},
        "most, the tries for a pair, .* not 'a'",
    ),
    "too few starts": (("triangle", "square", 3, 4), {"start": [[0, 0]]}, "must be 3 points"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence(name: str) -> None:
    given, options, sentence = BAD[name]
    with pytest.raises(Invalid, match=sentence):
        chain(*given, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.5, float("nan")])
def test_nothing_is_deblended_at_the_ends(alpha: float) -> None:
    with pytest.raises(Invalid, match="between 0 and 1"):
        deblend("triangle", "square", [[0.0, 0.0]], alpha, rng())


def test_shapes_that_do_not_touch_have_chains_too() -> None:
    far = Polygon(vertices=((30, 30), (31, 30), (30, 31)))
    points = chain(far, "square", 200, 20, rng()).points
    assert np.isfinite(points).all()
    with pytest.raises(Invalid, match="1 of the 1 points"):
        deblend(far, "square", [[0.0, 0.0]], 0.5, rng())


def test_a_document_of_a_script_says_how_to_blend() -> None:
    document = flowlab.Document(source="triangle", target="square", blending={"steps": 9})
    assert document.blending.steps == 9
    with pytest.raises(Invalid, match="blending has no 'stepz'"):
        flowlab.Document(blending={"stepz": 9})


@pytest.mark.parametrize("ends", [("triangle", "square"), ("gaussian", "moons"), ("disc", "ring")])
def test_no_points_have_no_pairs(ends: tuple[str, str]) -> None:
    assert [part.shape for part in deblend(*ends, torch.zeros(0, 2), 0.5, rng())] == [(0, 2)] * 2


@pytest.mark.parametrize("how", ["exact", "rejection", "cheaper"])
@pytest.mark.parametrize("ends", [("triangle", "square"), ("gaussian", "eight_gaussians")])
def test_the_square_of_alpha_may_be_zero(ends: tuple[str, str], how: str) -> None:
    bundle = chain(*ends, 20, alphas=(0, 1e-200, 1), generator=rng(), deblend=how, most=50)
    assert chain_of(bundle) is not None
    if how == "rejection":
        assert chain_of(bundle).unfinished == 20  # from the source no proposal can be right
    else:
        assert np.isfinite(bundle.points).all()


@pytest.mark.parametrize("other", ["disc", "text", "square"])
def test_a_place_that_no_pair_blends_into_is_refused_in_words(other: str) -> None:
    with pytest.raises(Invalid, match="No pair of these two distributions"):
        deblend(other, POINTS, [[100.0, 100.0]], 0.5)
