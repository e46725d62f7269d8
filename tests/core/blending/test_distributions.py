"""What a chain promises: every bead is distributed exactly as p_alpha, every pair its posterior."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowlab.core.blending import chain, deblend, deblender_of
from flowlab.core.blending.factory import oracle_between
from flowlab.core.blending.results import chain_of
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Points, Polygon, Shape
from flowlab.core.exact.empirical import smoothed
from tests.helpers.shapes import RIDGE

BENT = Polygon(vertices=((-5.0, -5.0), (-1.0, -4.0), (-2.5, -2.5), (-1.0, -1.0), (-5.0, -2.0)))
STAR = Polygon(vertices=((0, 3), (-1, 1), (-3, 0), (-1, -1), (0, -3), (1, -1), (3, 0), (1, 1)))
CLOUD = Points(points=Array(np.random.default_rng(1).normal(size=(20, 2)) * (1, 2)), noise=0.0)
BLURRED = Points(points=CLOUD.points, noise=0.3)

PAIRS: dict[str, tuple[Shape, Shape]] = {
    "triangle to square": (named("triangle"), named("square")),
    "bent, at negative places, to star": (BENT, STAR),
    "checkerboard to triangle": (named("checkerboard"), named("triangle")),
    "mixtures": (named("mixture"), named("eight_gaussians")),
    "Gaussian to points": (named("gaussian"), CLOUD),
    "points to Gaussian": (BLURRED, named("gaussian")),
    "points to points": (BLURRED, CLOUD),
    "triangle to blurred points, whose oracle is a grid": (named("triangle"), BLURRED),
    "blurred points to grid": (BLURRED, RIDGE),
    "grid to square": (RIDGE, named("square")),
    "disc to grid": (named("disc"), RIDGE),
}
EXACT = [name for name in PAIRS if "grid" not in name and "to points" not in name]
EXACT.append("Gaussian to points")


@pytest.mark.parametrize(("steps", "n"), [(6, 6000), (40, 2000)])
@pytest.mark.parametrize("name", PAIRS)
def test_every_bead_has_the_law_of_the_blend(name, steps, n, fits, rng) -> None:
    source, target = PAIRS[name]
    oracle = oracle_between(source, target)
    bundle = chain(source, target, n, steps, rng)
    for share in (1 / 6, 1 / 2, 5 / 6):
        k = round(share * steps)
        alpha = k / steps
        p = fits(np.asarray(bundle.points[k], float), lambda x, t=alpha: oracle.density(x, t))
        assert p > 1e-3, f"alpha {alpha:.2f}"


@pytest.mark.parametrize("name", PAIRS)
def test_the_last_bead_is_a_draw_of_the_target_and_the_first_of_the_source(
    name, alike, rng
) -> None:
    source, target = PAIRS[name]
    bundle = chain(source, target, 6000, 12, rng)
    oracle = oracle_between(source, target)
    for k, t in ((0, 0.0), (-1, 1.0)):
        draws = oracle.sample(torch.full((6000,), t), rng).numpy()
        assert alike(np.asarray(bundle.points[k]), draws) > 1e-3


@pytest.mark.parametrize("alpha", [0.03, 0.4, 0.5, 0.9])
@pytest.mark.parametrize("name", PAIRS)
def test_pairs_of_a_point_have_the_posteriors_law(name, alpha, alike, rng) -> None:
    source, target = PAIRS[name]
    oracle = oracle_between(source, target)
    x = oracle.sample(torch.tensor([alpha]), torch.Generator().manual_seed(3))
    ours = [end.numpy() for end in deblend(source, target, x.expand(4000, 2), alpha, rng)]
    theirs = [end[0].numpy() for end in oracle.pairs(x, alpha, 4000, rng)]
    np.testing.assert_allclose((1 - alpha) * ours[0] + alpha * ours[1] - x.numpy(), 0, atol=1e-9)
    side = 3 if "grid" in name or "points to p" in name else 8  # its draws come four at a time
    assert alike(ours[0], theirs[0], side) > 1e-4
    assert alike(ours[1], theirs[1], side) > 1e-4


@pytest.mark.parametrize("name", EXACT)
def test_the_mean_of_a_points_pairs_is_the_exact_field(name, rng) -> None:
    source, target = PAIRS[name]
    oracle = oracle_between(source, target)
    for alpha in (0.2, 0.5, 0.8):
        x = oracle.sample(torch.tensor([alpha]), torch.Generator().manual_seed(4))
        x0, x1 = deblend(source, target, x.expand(8000, 2), alpha, rng)
        off = (x1 - x0).mean(0) - oracle.velocity(x, alpha)[0]
        error = (x1 - x0).std(0) / 8000**0.5
        assert bool((off.abs() < 4.5 * error + 1e-9).all())


def test_a_pair_is_drawn_anew_at_every_bead(rng) -> None:
    bundle = chain("triangle", "square", 2000, 8, rng)
    assert chain_of(bundle) is not None
    x0 = np.asarray(chain_of(bundle).x0)
    assert (np.linalg.norm(np.diff(x0, axis=0), axis=-1) > 0).all()
    for k in range(1, 8):  # and moves the bead on the segment of that pair
        moved = bundle.points[k + 1] - bundle.points[k]
        np.testing.assert_allclose(moved, (chain_of(bundle).x1[k] - x0[k]) / 8, atol=2e-6)


def test_any_increasing_list_of_alphas_will_do(fits, rng) -> None:
    alphas = (0.0, 1e-9, 0.013, 0.3, 0.31, 0.97, 1 - 1e-9, 1.0)
    oracle = oracle_between(named("triangle"), named("square"))
    bundle = chain("triangle", "square", 5000, alphas=alphas, generator=rng)
    np.testing.assert_array_equal(bundle.times, np.float32(alphas))
    assert np.isfinite(bundle.points).all()
    for k in (2, 3, 4, 5):
        p = fits(np.asarray(bundle.points[k], float), lambda x, k=k: oracle.density(x, alphas[k]))
        assert p > 1e-3


def test_a_mixture_is_deblended_however_near_the_ends(rng) -> None:
    alphas = (0.0, 1e-12, 1e-5, 1 - 1e-5, 1 - 1e-9, 1.0)
    bundle = chain("gaussian", CLOUD, 500, alphas=alphas, generator=rng)
    assert np.isfinite(bundle.points).all()
    gaps = np.abs(np.asarray(bundle.points[-1])[:, None] - CLOUD.points.values[None]).sum(-1)
    assert gaps.min(1).max() < 1e-5  # every chain ends on a point of the cloud


def test_the_note_says_how_exact_it_is() -> None:
    notes = {name: deblender_of(*ends).note for name, ends in PAIRS.items()}
    assert "intersections" in notes["bent, at negative places, to star"]
    assert "weights of the points" in notes["Gaussian to points"]
    assert notes["blurred points to grid"] == "exact, by the weights of the points"
    assert "nearly exact" in notes["grid to square"]
    bare = deblender_of(CLOUD, CLOUD).note  # far apart, they are not widened by a little
    width = smoothed(*[torch.tensor(CLOUD.points.values)] * 2).joint.cov0.xx.sqrt()
    said = f"exact for the points, each widened to a Gaussian of deviation {float(width):.3g}"
    assert bare == said
