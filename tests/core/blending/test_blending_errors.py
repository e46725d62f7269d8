"""Standard errors of chains and generations, against the spread over independent repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowlab.core.blending.conditions import _mean_distance, _share
from flowlab.core.blending.converging import fitted_order
from flowlab.core.blending.factory import deblender_of
from flowlab.core.blending.interfaces import Generators
from flowlab.core.blending.marginals import marginals
from flowlab.core.distributions.factory import build
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Gaussian, Ring, Shape
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle

EXACT = deblender_of(named("triangle"), named("rhombus"))
GAUSSIAN, RING = Gaussian(), Ring(count=4, std=0.8)


def rng(seed: int) -> Generators:
    return Generators(torch.Generator().manual_seed(seed))


def check(values: Sequence[float], errors: Sequence[float]) -> None:
    """The true spread is the claim within a factor of 1.6; 40 repetitions know it to 11 %."""
    ratio = np.std(values, ddof=1) / np.mean(errors)
    assert 1 / 1.6 < ratio < 1.6, ratio


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_distances_of_chains_and_their_floor_spread_as_they_claim(shift: float) -> None:
    found = []
    for seed in range(40):
        throw = rng(1000 + seed)
        x0, x1 = EXACT.sources(400, throw).T, EXACT.targets(400, throw).T
        points = np.stack([x0, (x0 + x1) / 2 + shift, x1])
        found.append(marginals(points, [0.0, 0.5, 1.0], EXACT, rng(seed)).at(0.5))
    distances, floors, spreads = zip(*found, strict=True)
    check(distances, [each.error for each in distances])
    check(floors, [each.error for each in floors])
    if not shift:  # the spread is that of one cloud's distance to others of its kind
        check(distances, spreads)


def test_the_order_spreads_as_it_claims() -> None:
    """Also where a start is far off for every N, which changes no slope."""
    throw, steps = np.random.default_rng(0), 2.0 ** np.arange(6)
    found = []
    for _ in range(60):
        common = throw.exponential(size=150)
        off = throw.exponential(size=(6, 150)) * common / np.sqrt(steps)[:, None]
        found.append(fitted_order(steps, off))
    check(found, [each.error for each in found])
    assert np.mean(found) == pytest.approx(-0.5, abs=4 * found[0].error / np.sqrt(60))
    assert np.isnan(fitted_order(steps[:1], off[:1]))


def generations(
    seed: int, n: int = 400, shift: float = 0.0, shape: Shape = GAUSSIAN
) -> list[Bundle]:
    """Three clouds in place of three generations."""
    throw, bundles = torch.Generator().manual_seed(seed), []
    for _ in range(3):
        ends = build(shape).sample(n, throw).numpy() + np.array([shift, 0.0])
        points = np.stack([ends, ends]).astype(np.float32)
        bundles.append(Bundle(times=np.array([0, 1], np.float32), points=points))
    return bundles


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "shift"),
    [(Gaussian(), 0.0), (Gaussian(), 1.0), (RING, 0.0), (Ring(count=3, std=0.2), 0.0)],
)
def test_the_mean_distance_of_generations_spreads_as_it_claims(
    shape: Shape, shift: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim includes the noise of the points of the class, here drawn anew each time."""
    found: list[Estimate] = []
    for seed in range(40):
        fresh = build(shape).sample(400, torch.Generator().manual_seed(9000 + seed))
        monkeypatch.setattr("flowlab.core.blending.conditions._fresh", lambda *_, y=fresh: y)
        mean = _mean_distance(RING, generations(seed, shift=shift, shape=shape), 2)
        assert mean is not None
        found.append(mean)
    check(found, [each.error for each in found])


def test_the_share_that_ends_near_its_class_spreads_as_it_claims() -> None:
    found = []
    for seed in range(80):
        x = torch.randn(300, 2, generator=torch.Generator().manual_seed(seed)) * 3
        found.append(_share(RING, x, 2, 0))
    check(found, [each.error for each in found])


def test_lost_points_leave_no_mean_distance() -> None:
    bundles = generations(0)
    lost = bundles[1].points.copy()
    lost[-1, 3] = np.nan
    bundles[1] = replace(bundles[1], points=lost)
    assert _mean_distance(RING, bundles, 2) is None
