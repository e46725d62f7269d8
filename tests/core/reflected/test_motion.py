"""Particles between walls: their noise, their bounces, the walls' push."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.view import View
from flowlab.core.domains.clipped import check_inside, outside
from flowlab.core.domains.convexity import convex
from flowlab.core.domains.noise_levels import added_variance, step_deviations
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.domains.results import WallHits
from flowlab.core.reflected.motion import Walk, motion, shares_of
from flowlab.core.reflected.results import Motion, motion_of
from flowlab.core.reflected.settings import STAR, WALLS, Reflected
from flowlab.core.reflected.starts import check_memory, start_between
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions

NOBODY = cast(Any, None)  # no network has a part in these pictures


def document(n: int = 2000, target: str = "checkerboard", **settings: Any) -> Document:
    view = View(name="reflected_motion", particles=n)
    known = Reflected(**{"width": 5.0, "height": 3.0, **settings})
    return Document(target=named(target), view=view, reflected=known)


def made(given: Document, **options: Any) -> tuple[Bundle, Motion]:
    bundle = motion(given, NOBODY, PlanOptions(**options))
    known = motion_of(bundle)
    assert known is not None
    return bundle, known


@pytest.mark.parametrize("walls", WALLS)
def test_uniform_stays_uniform_and_inside_for_large_steps(walls: str) -> None:
    given = document(4000, walls=walls, start="uniform", process="brownian", steps=12)
    bundle, _ = made(given)
    domain = walls_of(given.reflected)
    points = np.asarray(bundle.points, np.float64)
    assert bool(domain.inside(points.reshape(-1, 2).astype(np.float32)).all())
    start, end = points[-1], points[0]
    x0, y0, x1, y1 = domain.bounds
    fresh = domain.uniform(40_000).numpy()
    edges = [np.linspace(x0, x1, 6), np.linspace(y0, y1, 6)]
    expected = np.histogramdd(fresh, edges)[0].ravel() / 10
    counts = np.histogramdd(end, edges)[0].ravel()
    seen = expected > 15
    total = counts[seen].sum() / expected[seen].sum()
    # the expectation is itself estimated, from ten times as many
    chi = float(((counts - total * expected)[seen] ** 2 / expected[seen]).sum()) / 1.1
    assert stats.chi2.sf(chi, int(seen.sum()) - 1) > 1e-4
    assert np.abs(end - start).max() > 0.3 * domain.size  # they did move


def test_the_push_on_the_uniform_law_is_half_perimeter_over_area() -> None:
    for walls in ("square", "disc", "equilateral", "drawn"):
        _, known = made(document(3000, walls=walls, start="uniform", process="brownian", steps=60))
        push, expected = known.pushed(0.0), known.uniform_push(0.0)
        assert abs(push - expected) < max(4 * push.error, 0.0)
        assert push.error < 0.01 * expected
    assert known.pushed(1.0) == 0.0


def test_the_variance_is_that_of_the_schedule() -> None:
    exploding = Reflected(sigma_min=0.02, sigma_max=0.8)
    total = added_variance(exploding, 3.0, np.array([0.0, 0.5, 1.0]))
    sigma = 3 * np.array([0.02, math.sqrt(0.02 * 0.8), 0.8])
    assert np.allclose(total, sigma**2 - sigma[0] ** 2)
    brownian = replace(exploding, process="brownian", steps=50)
    assert np.allclose(step_deviations(brownian, 3.0), 3 * 0.8 / math.sqrt(50))
    assert math.isclose(float((step_deviations(exploding, 3.0) ** 2).sum()), float(total[-1]))


def test_before_any_wall_is_met_noise_is_gaussian() -> None:
    given = document(4000, start="point", start_x=0.0, start_y=0.0, process="brownian", steps=30,
                     sigma_max=0.05)  # fmt: skip
    bundle, known = made(given)
    assert not len(known.hits.arc)
    end = np.asarray(bundle.points[0]) / (0.05 * 5)
    assert stats.kstest(end.ravel(), "norm").pvalue > 1e-3


def test_bounces_lie_on_the_walls_and_in_order() -> None:
    given = document(50, walls="drawn", start="uniform", process="brownian", steps=40)
    bundle, known = made(given)
    domain, hits = walls_of(given.reflected), known.hits
    assert hits.recorded == 50
    assert len(hits.arc) > 100
    assert float(domain.distance(hits.place.astype(np.float64)).abs().max()) < 1e-5
    for k in range(5):
        when, where = hits.of(k)
        assert (np.diff(when) >= 0).all()
        for t, place in zip(when, where, strict=True):  # between the steps that it belongs to
            low, high = math.floor(t * 40) / 40, math.ceil(t * 40) / 40
            reach = np.linalg.norm(bundle.at(low)[k] - place) + np.linalg.norm(
                bundle.at(high)[k] - place
            )
            step = given.reflected.sigma_max * domain.size / math.sqrt(40)
            assert reach < 8 * step


def test_shares_of_a_step_are_those_of_its_length() -> None:
    x, step = np.zeros((2, 2)), np.array([[4.0, 0.0], [0.0, 2.0]])
    hits = WallHits(
        np.array([0, 0, 1]), np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.5]]), np.zeros(3)
    )
    assert np.allclose(shares_of(hits, x, step), [0.25, 0.5, 0.25])


def test_hits_along_the_walls_know_their_error() -> None:
    given = document(3000, start="uniform", process="brownian", steps=80)
    _, known = made(given)
    hits, errors = known.hits.along(0.0, known.length, 20)
    assert math.isclose(
        float(hits.sum()) * known.length / 20, len(known.hits.arc) / known.hits.recorded,
        rel_tol=1e-4,
    )  # fmt: skip
    z = (hits - hits.mean()) / errors
    assert 0.4 < float((z**2).mean()) < 2.2  # the uniform law meets all stretches alike
    assert not known.hits.along(1.0, known.length, 20)[0].any()


def test_same_seed_same_paths_and_the_first_don_t_depend_on_how_many() -> None:
    given = document(300, steps=20, width=9.0)
    first, again = made(given)[0], made(given)[0]
    few = made(given, coarse=True, few=100)[0]
    assert np.array_equal(first.points, again.points)
    assert np.array_equal(first.points[:, :100], few.points)
    other = made(replace(given, seed=1))[0]
    assert not np.array_equal(first.points, other.points)


def test_what_lies_outside_is_told_and_clipped_only_if_asked() -> None:
    wide = Document(target=Gaussian(std_x=2.0, std_y=2.0), reflected=Reflected(width=4.0))
    share = 1 - (stats.norm.cdf(1.0) - stats.norm.cdf(-1.0)) ** 2
    assert outside(wide) == pytest.approx(share, abs=0.015)
    with pytest.raises(Invalid, match=r"5\d\.\d % of the target lies outside the walls"):
        check_inside(wide)
    clipped = replace(wide, reflected=replace(wide.reflected, clip=True))
    x, _ = start_between(clipped, 3000)
    assert bool(walls_of(clipped.reflected).inside(x).all())
    truncated = stats.truncnorm(-1, 1, scale=2.0)
    assert stats.kstest(x[:, 0].numpy(), truncated.cdf).pvalue > 1e-3
    far = replace(wide, target=Gaussian(offset_x=15.0, std_x=0.1, std_y=0.1))
    with pytest.raises(Invalid, match="All of the target"):
        check_inside(far.with_parts(reflected=clipped.reflected))


def test_paths_that_don_t_fit_into_memory_are_refused() -> None:
    check_memory(1_000_000, 200)
    with pytest.raises(Invalid, match=r"in 3 pictures would take 4\.8 GB"):
        check_memory(1_000_000, 200, 3)


def test_a_point_outside_is_refused() -> None:
    with pytest.raises(Invalid, match="starting point lies outside"):
        start_between(document(start="point", start_x=9.0), 10)


def test_convex_is_what_has_no_inner_corner_and_no_hole() -> None:
    kinds = {name: convex(walls_of(Reflected(walls=name))) for name in WALLS}
    assert kinds == {name: name != "drawn" for name in WALLS}
    square = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
    hole = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0))
    assert convex(walls_of(Reflected(walls="drawn", outline=(square,))))
    assert not convex(walls_of(Reflected(walls="drawn", outline=(square, hole))))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"outline": ()}, "1 to 32 rings"),
        ({"outline": "star"}, "rings of points"),
        ({"outline": (((0, 0), (1, float("nan")), (1, 1)),)}, "between ±10,000"),
        ({"outline": (((0, 0),) * 5000,)}, "at most 4,000 corners"),
        ({"sigma_min": 0.5, "sigma_max": 0.2}, "larger than the first"),
    ],
)
def test_settings_that_can_t_be_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Reflected(**given)


def test_walls_without_area_are_refused_by_the_plan() -> None:
    flat = document(walls="drawn", outline=(((0, 0), (1, 0), (2, 0)),))
    with pytest.raises(Invalid, match="enclose"):
        motion(flat, NOBODY, PlanOptions())
    assert Reflected(outline=[[list(p) for p in STAR[0]]]).outline == STAR  # type: ignore[arg-type]


def test_it_is_cancelled_between_steps() -> None:
    calls = iter([False, False, True])
    with pytest.raises(Cancelled):
        motion(document(steps=50, width=9.0), NOBODY, PlanOptions(cancelled=lambda: next(calls)))


def test_few_hits_are_recorded_of_very_many_particles() -> None:
    x = np.zeros((200_000, 2))
    walk = Walk(walls_of(Reflected()), x, np.full(100, 2.0), 0)
    assert 0 < walk.recorded < 20_000


def test_the_slowest_tone_decays_as_it_should() -> None:
    for walls in ("square", "disc", "drawn"):
        given = document(10_000, walls=walls, start="point", start_x=0.8, start_y=0.4,
                         process="brownian", steps=64, sigma_max=0.5)  # fmt: skip
        decay = made(given)[1].decay
        assert decay is not None
        left = decay.expected(decay.variance)
        seen = left > 8 * decay.noise
        assert seen.sum() > 8
        assert np.abs(decay.sizes - left)[seen].max() < 5 * decay.noise
    uniform = made(document(10_000, start="uniform", process="brownian", steps=8))[1].decay
    assert uniform is not None
    assert uniform.sizes.max() < 5 * uniform.noise
    assert made(given, coarse=True)[1].decay is None
