"""The article's own way of deblending: the same law, at a cost that grows as N^2, and bounded."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch

from flowlab.core.blending import chain, deblend, deblender_of
from flowlab.core.blending.factory import oracle_between
from flowlab.core.blending.interfaces import Generators
from flowlab.core.blending.results import chain_of
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Disc, Mixture, Points, Polygon
from flowlab.core.exact.outlines import outline_of
from flowlab.core.exact.posterior.ends import end_of
from flowlab.core.solvers.ode import Cancelled

DART = Polygon(vertices=((-4.0, -4.0), (0.0, -3.0), (4.0, -4.0), (0.0, 3.0)))
PAIRS = {
    "triangle to square": (named("triangle"), named("square")),
    "dart to triangle": (DART, named("triangle")),
    "Gaussian to mixture": (named("gaussian"), named("mixture")),
    "disc to Gaussian": (Disc(hole=0.4), named("gaussian")),
    "drawing-like text to disc": (named("text"), Disc()),
}


@pytest.mark.parametrize("how", ["rejection", "cheaper"])
@pytest.mark.parametrize("name", PAIRS)
def test_both_ways_have_the_posteriors_law(name, how, alike, rng) -> None:
    source, target = PAIRS[name]
    for alpha in (0.35, 0.7):
        x = oracle_between(source, target).sample(torch.tensor([alpha]), rng).expand(3000, 2)
        kinds = (deblend(source, target, x, alpha, rng, by=by, most=10**6) for by in (how, "exact"))
        ours, exact = (torch.cat(ends, 1).numpy() for ends in kinds)
        side = 4 if "text" in name else 8  # the exact one is level within cells
        assert alike(ours[:, :2], exact[:, :2], side) > 1e-4
        assert alike(ours[:, 2:], exact[:, 2:], side) > 1e-4


@pytest.mark.parametrize("how", ["rejection", "cheaper"])
def test_chains_by_rejection_have_the_law_of_the_blend(how, fits, rng) -> None:
    source, target = PAIRS["dart to triangle"]
    oracle = oracle_between(source, target)
    bundle = chain(source, target, 4000, 6, rng, deblend=how)
    for k in (1, 3, 5):
        p = fits(np.asarray(bundle.points[k], float), lambda x, t=k / 6: oracle.density(x, t))
        assert p > 1e-3


def test_proposals_for_a_pair_are_those_of_the_areas(rng) -> None:
    """Mean tries from p0 are |support| / (alpha^2 |S|), whose support is a Minkowski sum."""
    source, target = named("triangle"), named("square")
    n, steps = 4000, 10
    bundle = chain(source, target, n, steps, rng, deblend="rejection", most=10**6)
    assert chain_of(bundle) is not None
    areas = [outline.area for outline in map(outline_of, (source, target)) if outline]
    mixed = _mixed_area()
    for k in range(2, steps):
        a = k / steps
        support = (1 - a) ** 2 * areas[0] + 2 * a * (1 - a) * mixed + a**2 * areas[1]
        expected = support / (a**2 * areas[1])
        assert float(chain_of(bundle).tries[k]) == pytest.approx(expected, rel=0.25)
    assert chain_of(bundle).tries[0] == 1
    assert chain_of(bundle).unfinished == 0


def _mixed_area() -> float:
    """Of triangle and square: |T (+) S| = |T| + 2 V(T, S) + |S|."""
    outlines = [outline_of(named(name)) for name in ("triangle", "square")]
    corners = [outline.corners for outline in outlines if outline is not None]
    sums = (corners[0][:, None] + corners[1][None]).reshape(-1, 2).numpy()
    whole = shapely.MultiPoint(sums).convex_hull.area
    return (whole - sum(outline.area for outline in outlines if outline is not None)) / 2


def test_the_cheaper_end_costs_less_and_the_same_at_every_n(rng) -> None:
    def tries(how: str, steps: int) -> float:
        made = chain("triangle", "square", 300, steps, rng, deblend=how, most=10**6)
        assert chain_of(made) is not None
        return float(chain_of(made).tries[1:].mean())

    assert tries("cheaper", 40) < 12
    assert tries("cheaper", 10) < 12
    assert tries("rejection", 40) > 5 * tries("cheaper", 40)


def test_it_gives_up_and_says_how_many_chains_did(rng) -> None:
    bundle = chain("triangle", "square", 200, 20, rng, deblend="rejection", most=300)
    lost = np.isnan(bundle.points).any(2)
    assert chain_of(bundle) is not None
    assert 0 < chain_of(bundle).unfinished == lost[-1].sum() < 200
    assert (np.diff(lost.astype(int), axis=0) >= 0).all()  # lost from there on
    assert not lost[:2].any()  # the first pair needs no deblending
    assert np.isnan(chain_of(bundle).x0[-1]).any(1).sum() == chain_of(bundle).unfinished


def test_tries_are_those_of_pairs_that_were_found(rng) -> None:
    bundle = chain("triangle", "square", 500, 12, rng, deblend="rejection", most=4)
    assert chain_of(bundle) is not None
    assert chain_of(bundle).unfinished > 250  # whose tries in vain would be most of all
    assert 1 <= np.nanmin(chain_of(bundle).tries) <= np.nanmax(chain_of(bundle).tries) <= 4


def test_a_point_outside_the_support_is_given_up_in_words(rng) -> None:
    far = [[40.0, 0.0], [0.0, 0.0]]
    for by in ("rejection", "cheaper", "exact"):
        with pytest.raises(Invalid, match="1 of the 2 points"):
            deblend("triangle", "square", far, 0.5, rng, by=by, most=50)


def test_an_unknown_density_is_refused_in_words(rng) -> None:
    end = Points(points=Array([[0.0, 1.0], [2.0, 0.0]]), noise=0.0)
    for how in ("rejection", "cheaper"):
        with pytest.raises(Invalid, match="Rejection compares densities"):
            chain("gaussian", end, 10, 4, rng, deblend=how)
    assert np.isfinite(chain("gaussian", end, 10, 4, rng).points).all()


def test_a_long_search_can_be_stopped(rng) -> None:
    deblender = deblender_of(named("triangle"), named("square"), "rejection", 10**9, lambda: True)
    with pytest.raises(Cancelled):
        deblender.draw(np.full((2, 1), 100.0), 0.5, Generators(rng))


def test_the_top_of_a_narrow_component_that_is_seldom_drawn_is_known() -> None:
    covs = ((1.0, 0.0, 1.0), (1e-8, 0.0, 1e-8))
    end = end_of(Mixture(means=((-3, 0), (3.0123, 0.377)), covs=covs, weights=(1.0, 1e-5)))
    assert end.share(np.array([[3.0123], [0.377]])) == pytest.approx(1, abs=0.01)
