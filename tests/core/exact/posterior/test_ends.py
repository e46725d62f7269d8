"""An end as rejection needs it: its largest density and shares of it, beside log densities."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy import optimize

from flowlab.core.distributions.factory import build
from flowlab.core.document.gallery import named
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Checkerboard, Gaussian, Moons, Polygon, Rings, Shape
from flowlab.core.exact.posterior.ends import (
    DensityEnd,
    MixtureEnd,
    Region,
    box_of,
    end_of,
    sampled,
)
from flowlab.core.exact.posterior.interfaces import Generators
from tests.helpers.randomness import rng
from tests.helpers.shapes import SQUARE, TILTED, TRIANGLE

BENT = Polygon(vertices=((0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)), rotation=30.0, scale=0.5)
BLURRED = Polygon(vertices=SQUARE.vertices, noise=0.3)
RINGS = Rings(noise=0.2)
ALL: dict[str, tuple[Shape, type]] = {
    "triangle": (TRIANGLE, Region),
    "square": (SQUARE, Region),
    "bent": (BENT, Region),
    "board": (Checkerboard(count=3), Region),
    "mixture": (TILTED, MixtureEnd),
    "moons": (Moons(), DensityEnd),
    "rings": (RINGS, DensityEnd),
}


@pytest.mark.parametrize("name", ALL)
def test_share_is_the_density_over_the_largest(name: str) -> None:
    shape, kind = ALL[name]
    end, law = end_of(shape), build(shape)
    assert isinstance(end, kind)
    x0, x1, y0, y1 = law.extent
    x = np.random.default_rng(0).uniform((x0, y0), (x1, y1), (4000, 2))
    true = np.exp(law.log_prob(x).double().numpy())
    share = end.share(x.T)
    np.testing.assert_allclose(share * end.peak, true, rtol=1e-4, atol=1e-9 * end.peak)
    assert share.max() <= 1
    assert end.flat == (kind is Region)


@pytest.mark.parametrize("shape", [TILTED, Moons(), RINGS], ids=["mixture", "moons", "rings"])
def test_the_peak_is_above_every_climb_and_hardly_higher(shape: Shape) -> None:
    law = build(shape)

    def down(x: np.ndarray) -> float:
        return -float(law.log_prob(x[None].copy()).double())

    starts = law.sample(300, rng(1)).double().numpy()
    best = sorted(starts, key=down)[:8]
    highest = np.exp(-min(optimize.minimize(down, x, method="Nelder-Mead").fun for x in best))
    assert highest * 0.9999 <= end_of(shape).peak <= highest * 1.005


@pytest.mark.parametrize("name", ["triangle", "square", "bent", "board"])
def test_a_region_is_drawn_evenly(name: str) -> None:
    shape, _ = ALL[name]
    end, n = end_of(shape), 20_000
    assert isinstance(end, Region)
    whole = shapely.union_all([shapely.Polygon(part) for part in end.outline.pieces.numpy()])
    x = end.sample(n, Generators(rng(2)))
    assert bool(shapely.contains_xy(whole.buffer(1e-9), *x).all())
    assert bool((end.share(x) == 1).all())
    assert end.peak == pytest.approx(1 / whole.area)
    left, low, right, high = whole.bounds
    xs, ys = np.linspace(left, right, 5), np.linspace(low, high, 5)
    counts, *_ = np.histogram2d(*x, bins=(xs, ys))
    shares = [
        [whole.intersection(shapely.box(*corner)).area / whole.area for corner in column]
        for column in ([(xs[i], ys[j], xs[i + 1], ys[j + 1]) for j in range(4)] for i in range(4))
    ]
    expected = np.array(shares) * n
    assert np.all(np.abs(counts - expected) <= 4.5 * np.sqrt(expected) + 1e-9)


def test_what_has_no_bounded_density_is_refused_by_its_name() -> None:
    with pytest.raises(Invalid, match="“two moons”"):
        end_of(Moons(noise=0.0))
    with pytest.raises(Invalid, match="exact posterior"):
        end_of(named("pinwheel") if not build(named("pinwheel")).has_log_prob else BLURRED)


@pytest.mark.parametrize("shape", [TILTED, SQUARE, BLURRED, Gaussian(std_x=3.0, offset_y=2.0)])
def test_a_box_holds_almost_all_mass(shape: Shape) -> None:
    middle, half = box_of(shape)
    x = sampled(build(shape), 200_000, Generators(rng(3)))
    assert x.shape == (2, 200_000)
    assert x.dtype == np.float64
    assert bool((np.abs(x - middle) <= half + 1e-6).all())


def test_the_box_of_a_region_is_its_own() -> None:
    middle, half = box_of(SQUARE)
    np.testing.assert_allclose(middle[:, 0], [1.5, 1.5], atol=1e-6)
    np.testing.assert_allclose(half[:, 0], [1.0, 1.0], atol=1e-6)
