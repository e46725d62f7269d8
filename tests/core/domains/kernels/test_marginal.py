"""Marginals of densities on a grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from flowlab.core.array_types import Doubles
from flowlab.core.document.limits import Invalid
from flowlab.core.domains.kernels.early_flow import EarlyFlow
from flowlab.core.domains.kernels.factory import kernel, numerical_kernel, rough_flow
from flowlab.core.domains.kernels.kernel import HeatKernel
from flowlab.core.domains.kernels.marginal import Marginal, density_of
from flowlab.core.domains.kernels.polynomial_flow import flowed, series
from tests.helpers.walled import (
    EQUILATERAL,
    RIGHT,
    RING,
    SQUARE,
    RoundWalled,
    Walled,
    circle,
    quadrature,
    turned,
    within,
)

DOMAINS: dict[str, Any] = {
    "square": Walled((SQUARE,)),
    "right": Walled((turned(RIGHT),)),
    "equilateral": Walled((turned(EQUILATERAL),)),
    "disc": RoundWalled((circle(200, 1.3, (0.5, -0.4)),), "disc", 1.3, (0.5, -0.4)),
}


def test_the_polynomials_are_the_exponential() -> None:
    taus, highest, bend = np.array([1e-6, 1e-3, 0.1, 5.0]), 300.0, 1e-4
    coefficients = series(taus, highest, bend)
    a = np.linspace(0, highest, 97)
    found = np.polynomial.chebyshev.chebval(2 * a / highest - 1, coefficients.T)
    np.testing.assert_allclose(found, np.exp(-taus[:, None] * (a + bend * a**2)), atol=1e-13)


@pytest.mark.parametrize("sigma", [0.05, 0.15, 0.5])
def test_a_cosine_decays_at_its_own_rate(sigma: float) -> None:
    own = numerical_kernel((SQUARE,), 60, 64)
    u = (np.arange(128) + 0.5) / 128
    start = 1 + 0.8 * np.cos(math.pi * u)[None, :] * np.cos(2 * math.pi * u)[:, None]
    tau = sigma**2 / 2
    found = own.marginal(start, tau)
    x = within(own, 50)
    wave = 0.8 * math.exp(-5 * math.pi**2 * tau)
    p, q = math.pi * x[:, 0], 2 * math.pi * x[:, 1]
    density = 1 + wave * np.cos(p) * np.cos(q)
    slopes = [-math.pi * np.sin(p) * np.cos(q), -2 * math.pi * np.cos(p) * np.sin(q)]
    score = wave * np.stack(slopes, 1) / density[:, None]
    np.testing.assert_allclose(found.density(x), density, atol=4e-3)
    np.testing.assert_allclose(found.score(x), score, atol=0.06)


@pytest.mark.parametrize("name", ["ring", "disc", "equilateral", "right", "square"])
def test_harmonics_and_polynomials_give_the_same(name: str) -> None:
    """Each of them at a time where both are exact; a quarter of it is begun in the lower left."""
    own = numerical_kernel(RING, 60, 64) if name == "ring" else kernel(DOMAINS[name], 60)
    x, cell = quadrature(own, 100)
    start = np.ones((50, 50))
    start[:25, :25] = 3.0
    tau = 25 / float(own.eigenvalues[-1])
    late, early = own.marginals(start, [tau, tau * 0.79])
    again = kernel_flow(own, start, tau)
    np.testing.assert_allclose(late.density(x), again.density(x), rtol=3e-3)
    assert float(early.density(x).sum()) * cell == pytest.approx(1, abs=0.02)
    scale = float(again.score(x).abs().max())
    np.testing.assert_allclose(late.score(x), again.score(x), atol=0.02 * scale)


def kernel_flow(own: HeatKernel, start: Doubles, tau: float) -> Marginal:
    """The marginal by polynomials, however late."""
    flow = own._flow
    begun = flow._start(density_of(start))
    values = flowed(flow._reader.cells, begun, np.array([tau]))[0]
    return Marginal(flow._reader, np.log(values), own.shape)


def test_outside_the_walls_there_is_nothing() -> None:
    found = numerical_kernel(RING, 20, 32).marginal(np.ones((4, 4)), 0.01)
    assert float(found.density([[0.0, 0.0]])) == 0  # in the hole
    assert bool(found.score([[0.0, 0.0]]).isnan().all())
    assert found.picture.shape == tuple(len(t) for t in found.grid[::-1])


def test_the_marginal_of_a_point_is_the_kernel() -> None:
    own, start = kernel(DOMAINS["equilateral"]), np.zeros((96, 96))
    start[30, 40] = 1
    (x0, y0, x1, y1), x = own.shape.bounds, within(own, 200)
    place = np.array([x0 + 40.5 / 96 * (x1 - x0), y0 + 30.5 / 96 * (y1 - y0)])
    for sigma in (0.08, 0.15, 0.4):
        found, tau = own.marginal(start, sigma**2 / 2), sigma**2 / 2
        known = own.density(x, place, tau + (x1 - x0) ** 2 / 96**2 / 24)  # of a cell's own spread
        np.testing.assert_allclose(found.density(x), known, atol=0.01 * float(known.max()))
        near = np.linalg.norm(x - place, axis=1) < 4 * sigma
        off = (found.score(x) - own.score(x, place, tau)).abs().numpy()[near]
        assert off.max() * sigma < 0.08


def kernel_score(own: HeatKernel, x: Doubles, density: Doubles, tau: float) -> Doubles:
    """The score (n, 2) at x (n, 2) by sums of the exact kernel over a density (H, W) in cells."""
    (x0, y0, x1, y1), (rows, columns) = own.shape.bounds, density.shape
    row, column = np.nonzero(density)
    u = (np.arange(4) + 0.5) / 4
    parts = np.stack(np.meshgrid(u, u), -1).reshape(-1, 1, 2) + np.stack([column, row], 1)
    starts = np.array([x0, y0]) + parts * [(x1 - x0) / columns, (y1 - y0) / rows]
    weights = np.tile(density[row, column], len(parts))
    flat = starts.reshape(-1, 2)
    scores = []
    for at in x:
        every = np.broadcast_to(at, flat.shape)
        images = own.images.values(every, flat, np.full(len(flat), tau))
        share = weights * images.density
        scores.append((share[:, None] * np.nan_to_num(images.score)).sum(0) / share.sum())
    return np.stack(scores)


@pytest.mark.parametrize("sigma", [0.01, 0.05])
@pytest.mark.parametrize("name", ["square", "equilateral", "right"])
def test_tails_and_walls_have_the_right_score(name: str, sigma: float) -> None:
    """Down to a billionth of the peak, also where sigma is no longer than a cell of the grid."""
    own, start = kernel(DOMAINS[name]), np.zeros((48, 48))
    start[12:20, 16:20], start[20:24, 24:28] = 1.0, 2.0
    tau, x = sigma**2 / 2, within(own, 120)
    found = own.marginal(start, tau)
    level = found.density(x).numpy() / float(np.nanmax(found.picture))
    x = x[level > 1e-9][:30]
    off = sigma * np.hypot(*(found.score(x).numpy() - kernel_score(own, x, start, tau)).T)
    assert np.median(off) < 0.05
    assert np.quantile(off, 0.95) < 0.3


def test_noise_so_far_away_that_its_density_is_zero_still_has_a_score() -> None:
    own, start, sigma = kernel(DOMAINS["square"]), np.zeros((64, 64)), 0.01
    start[31:33, :2] = 1
    found = own.marginal(start, sigma**2 / 2).score([[0.95, 0.5]])[0].numpy()
    nearest = np.array([2 / 64, 0.5])
    np.testing.assert_allclose(found, (nearest - [0.95, 0.5]) / sigma**2, rtol=0.02, atol=30)


def test_no_noise_comes_through_a_wall() -> None:
    """Two rooms, one sigma apart: what begins in one stays there."""
    left, right = SQUARE * [0.5, 1], SQUARE * [0.5, 1] + [0.54, 0]
    own, start, sigma = numerical_kernel((left, right), 20, 96), np.zeros((40, 77)), 0.04
    start[:, 30:37] = 1.0  # from the wall on, rather less than 0.1 wide
    found = own.marginal(start, sigma**2 / 2)
    one, other = found.density([[0.48, 0.5], [0.55, 0.5]]).tolist()
    assert one == pytest.approx(math.erf(0.1 / sigma / math.sqrt(2)) / 0.0945, rel=0.05)
    assert other < 1e-6 * one
    early = EarlyFlow(own._flow._reader, start, own.shape.bounds)
    centers = own._flow._reader.cells.centers()
    assert early.straight[centers[:, 0] < 0.49].all()
    assert not early.straight[centers[:, 0] > 0.55].any()


def test_a_coarse_density_counts_within_the_walls_alone() -> None:
    """Of four by four cells in a turned triangle, most of which the walls cut, one is full."""
    own, start = kernel(DOMAINS["right"]), np.zeros((4, 4))
    start[1, 1] = start[3, 3] = 1.0
    (x, cell), tau = quadrature(own, 120), 0.015**2 / 2
    found = own.marginal(start, tau).density(x)
    assert float(found.sum()) * cell == pytest.approx(1, abs=0.02)
    (x0, y0, x1, y1), z = own.shape.bounds, x - np.array(own.shape.bounds[:2])
    column, row = (4 * z / [x1 - x0, y1 - y0]).astype(int).T
    within_it = start[row.clip(0, 3), column.clip(0, 3)] > 0
    known = 1 / (within_it.sum() * cell)
    assert float(found.numpy()[within_it].mean()) == pytest.approx(known, rel=0.1)


def test_rows_run_up() -> None:
    own = kernel(Walled((SQUARE,)))
    start = np.zeros((4, 4))
    start[0, 3] = 1
    found = own.marginal(start, 1e-3)
    assert float(found.density([[0.9, 0.1]])) > 10 > 1e-3 > float(found.density([[0.1, 0.9]]))


@pytest.mark.parametrize(
    "density", [np.zeros((4, 4)), -np.ones((4, 4)), np.full((4, 4), np.nan), np.ones(4), "grid"]
)
def test_what_is_no_density_is_refused(density: object) -> None:
    with pytest.raises(Invalid):
        kernel(Walled((SQUARE,))).marginal(density, 0.1)


def test_the_quick_gradient_is_that_of_the_sparse_matrices() -> None:
    """At places inside, at walls and around a hole."""
    made = numerical_kernel(RING, 30, 48)
    reader = made._flow._reader
    values = np.random.default_rng(0).standard_normal(len(reader.cells.volumes))
    extended, x = reader.extended(values), within(made, 400)
    slopes = np.stack([matrix @ extended for matrix in reader.read(x)[1:]], 1)
    np.testing.assert_allclose(reader.gradient(reader.picture(extended), x), slopes, atol=1e-9)


@pytest.mark.parametrize("name", DOMAINS)
def test_a_rough_flow_is_near_the_exact_one(name: str) -> None:
    """To 3 % of a density's peak."""
    domain = DOMAINS[name]
    heat, taus = kernel(domain), np.array([0.002, 0.02, 0.2])
    xs, ys = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64))
    density = np.where(np.hypot(xs + 0.1, ys + 0.2) < 0.2, 1.0 + (xs > -0.1), 0.0)
    x, rough = within(heat, 300), rough_flow(domain).marginals(density, taus)
    for one, other in zip(rough, heat.marginals(density, taus), strict=True):
        known = other.density(x).numpy()
        np.testing.assert_allclose(one.density(x).numpy(), known, atol=0.03 * known.max())
