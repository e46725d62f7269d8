"""Known densities as pictures draw them, against closed forms and the mass they must have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from flowlab.core.distributions.factory import build
from flowlab.core.document.arrays import Array
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Drawing, Gaussian, Moons, Points
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.densities import density_map


def test_a_gaussian_has_its_density_everywhere() -> None:
    shape = Gaussian(scale=1.3, offset_x=0.4, offset_y=-1.0)
    known = density_map(shape)
    assert known is not None
    truth = multivariate_normal([0.4, -1.0], 1.3**2)
    xs, ys = np.linspace(-3, 4, 15, dtype=np.float32), np.linspace(-5, 3, 11, dtype=np.float32)
    x, y = np.meshgrid(xs, ys)
    np.testing.assert_allclose(known.at(xs, ys), truth.pdf(np.stack([x, y], -1)), atol=4e-4)


@pytest.mark.parametrize("name", ["eight_gaussians", "pinwheel", "square", "checkerboard", "text"])
def test_mass_is_one_and_values_are_the_distribution_s(name: str) -> None:
    known = density_map(named(name))
    assert known is not None
    assert known.values.sum() * known.cell**2 == pytest.approx(1, abs=0.02)
    rng = np.random.default_rng(0)
    row, column = rng.integers(0, len(known.ys), 200), rng.integers(0, len(known.xs), 200)
    x = np.stack([known.xs[column], known.ys[row]], 1)
    truth = build(named(name)).log_prob(x).exp().numpy()
    off = np.abs(known.values[row, column] - truth)
    assert off.max() < 4e-3 * known.values.max()  # 0 where next to no mass is


def test_off_the_lattice_there_is_nothing() -> None:
    known = density_map(named("square"))
    assert known is not None
    assert not known.at(np.array([-50.0, 50.0]), np.array([0.0, 80.0])).any()


@pytest.mark.parametrize(
    "shape",
    [
        Drawing(),
        Moons(noise=0.0),
        Points(points=Array(np.random.default_rng(0).normal(size=(50, 2))), noise=0.0),
        Points(points=Array(np.random.default_rng(0).normal(size=(4000, 2))), noise=0.3),
    ],
    ids=["empty", "curve", "cloud", "many blurred"],
)
def test_what_is_unknown_or_too_slow_has_no_map(shape) -> None:
    assert density_map(shape) is None


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        density_map(replace(named("square"), offset_x=0.125), lambda: True)
